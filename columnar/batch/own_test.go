package batch_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// words is a dictionary of three words.
type words struct{}

func (words) Len() int                       { return 3 }
func (words) Value(sym uint32) []byte        { return []byte{'a' + byte(sym)} }
func (words) Lookup([]byte) (uint32, bool)   { return 0, false }
func (words) Hash128(uint32) (hi, lo uint64) { return 0, 0 }

// TestOwn: a copy has the same rows, also of a slice, and shares no memory.
func TestOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := batch.NewBuilder(drawType(t, 0), 0)
		n := rapid.IntRange(1, 20).Draw(t, "rows")
		for range n {
			drawRow(t, b)
		}
		v := b.Finish()
		lo := rapid.IntRange(0, n-1).Draw(t, "lo")
		s := v.Slice(lo, rapid.IntRange(lo+1, n).Draw(t, "hi"))
		want := s.Gather(all(s.Len)).Encode(nil)
		own := s.Own()
		if !bytes.Equal(own.Encode(nil), want) {
			t.Fatalf("rows of %s differ", v.Type)
		}
		if c := batch.NewConst(v.Slice(lo, lo+1), 5).Own(); c.Len != 5 || !c.Const {
			t.Fatal("a constant is none any more")
		}
	})
	text := &batch.Vector{Type: types.Of(types.String), Len: 3, Data: batch.Symbols{
		Codes: []uint32{2, batch.OverlayBit, 0}, Dict: words{}, Overlay: batch.Strings{Offsets: []uint32{0, 2}, Bytes: []byte("xy")},
	}}
	s := text.Own().Data.(batch.Strings)
	if string(s.Bytes) != "cxya" {
		t.Errorf("symbols became %q", s.Bytes)
	}
}

func all(n int) []uint32 {
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(i)
	}
	return out
}
