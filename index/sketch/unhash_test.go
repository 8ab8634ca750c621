package sketch

import (
	"testing"

	"pgregory.net/rapid"
)

func TestUnhash(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Uint64().Draw(t, "value")
		if got := UnhashUint64(HashUint64(v)); got != v {
			t.Fatalf("%d becomes %d", v, got)
		}
	})
}
