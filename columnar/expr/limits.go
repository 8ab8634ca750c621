package expr

import (
	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/chcode"
)

// What one function may make for one batch of rows. Where arguments choose how much that is, a statement of a few
// bytes could ask for more memory than there is, also while constants are folded, where no operator counts.
const (
	// maxMadeElements bounds the elements of arrays that range, arrayResize, arrayWithConstant and lambdas make:
	// 512 MB of numbers.
	maxMadeElements = 64 << 20
	// maxMadeBytes bounds what is made by repeating: values of arrays and text.
	maxMadeBytes = 256 << 20
	// maxTextBytes bounds text that is made of text in any other way.
	maxTextBytes = 1 << 30
	// maxTimes bounds repeat, space and padding for one row, as in ClickHouse.
	maxTimes = 1_000_000
	// maxMatches bounds what a regular expression finds in one text: each match takes 40 bytes and more.
	maxMatches = 4 << 20
	// foldedFree is the size up to which folded constants are not counted as memory of the query.
	foldedFree = 64 << 10
)

// roomFor tells whether the query may have so many bytes more. They are not taken: what needs them is the evaluation,
// which ends soon, and operators count what they keep of it.
func (c *Ctx) roomFor(bytes int64) error {
	if c == nil {
		return nil
	}
	if err := c.Memory.Add(bytes); err != nil {
		return err
	}
	return c.Memory.Add(-bytes)
}

// elements tells whether name may make arrays of so many elements, of so many bytes each, for one batch.
func (c *Ctx) elements(name string, n, width int64) error {
	if n > maxMadeElements || n < 0 {
		return chcode.Errorf(chcode.TooLargeArraySize,
			"Function %s would make %d array elements for one block of rows, maximum: %d. Make the arrays shorter", name, n, int64(maxMadeElements))
	}
	return c.roomFor(n * width)
}

// bytes tells whether name may make so many bytes, of at most limit, for one batch.
func (c *Ctx) bytes(name string, n, limit int64) error {
	if n > limit || n < 0 {
		return chcode.Errorf(chcode.TooLargeStringSize,
			"Too large string size in function %s: it would make %d bytes for one block of rows, maximum: %d. "+
				"Make the strings shorter, or take fewer rows at once", name, n, limit)
	}
	return c.roomFor(n)
}

// times tells whether name may repeat something so often in one row.
func times(name string, n int64) error {
	if n > maxTimes {
		return chcode.Errorf(chcode.TooLargeStringSize, "Too many times to repeat in function %s (%d), maximum is: %d", name, n, maxTimes)
	}
	return nil
}

// expand is v.Expand where the copies have room.
func (c *Ctx) expand(name string, v *batch.Vector) (*batch.Vector, error) {
	if v.Const {
		one := *v
		one.Const, one.Len = false, 1
		size := max(one.SizeBytes(), 1)
		if v.Len > 0 && size > maxTextBytes/int64(v.Len) {
			return nil, c.bytes(name, maxTextBytes+1, maxTextBytes)
		}
		if err := c.roomFor(size * int64(v.Len)); err != nil {
			return nil, err
		}
	}
	return v.Expand(), nil
}

// gatheredBytes is the memory of v.Gather(rows).
func gatheredBytes(v *batch.Vector, rows []uint32) int64 {
	n := int64(0)
	switch d := v.Data.(type) {
	case batch.Strings:
		for _, r := range rows {
			n += int64(d.Offsets[r+1]-d.Offsets[r]) + 4
		}
	case batch.Lists:
		each := d.Elems.SizeBytes()/int64(max(d.Elems.Len, 1)) + 1
		for _, r := range rows {
			n += int64(d.Offsets[r+1]-d.Offsets[r])*each + 4
		}
	case []*batch.Vector:
		for _, p := range d {
			n += gatheredBytes(p, rows)
		}
	default:
		n = v.SizeBytes() / int64(max(v.Len, 1)) * int64(len(rows))
	}
	return n
}
