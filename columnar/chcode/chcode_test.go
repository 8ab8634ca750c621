package chcode_test

import (
	"errors"
	"testing"

	"github.com/freshetdb/freshet/columnar/chcode"
)

// TestJoin: what several shards say alike is said once, with its code.
func TestJoin(t *testing.T) {
	same := func() error { return chcode.Errorf(chcode.NotImplemented, "no") }
	other := errors.New("shard 2 is away")
	for _, c := range []struct {
		errs []error
		text string
	}{
		{nil, ""},
		{[]error{nil, nil}, ""},
		{[]error{same(), nil, same(), same()}, "no"},
		{[]error{same(), other, same(), other}, "no\nshard 2 is away"},
	} {
		err := chcode.Join(c.errs...)
		if (err == nil) != (c.text == "") || (err != nil && err.Error() != c.text) {
			t.Errorf("%v: %v", c.errs, err)
		}
		if err != nil && chcode.Of(err) != chcode.NotImplemented {
			t.Errorf("%v has code %d", err, chcode.Of(err))
		}
	}
}
