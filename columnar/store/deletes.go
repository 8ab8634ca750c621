package store

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/klauspost/compress/s2"

	"github.com/freshetdb/freshet/columnar/manifest"
	"github.com/freshetdb/freshet/index/rowset"
)

// encodeDeletes gives delete marks as the manifest holds them: an S2 block of
// pairs of unsigned varints, the rows left out since the last range and the rows
// of the range. Nil when there are none.
func encodeDeletes(dead rowset.Set) *manifest.Deletes {
	n := dead.Count()
	if n == 0 {
		return nil
	}
	var b []byte
	at := 0
	for r := range dead.Ranges() {
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(r.Lo-at)), uint64(r.Len()))
		at = r.Hi
	}
	return &manifest.Deletes{Rows: uint64(n), Set: s2.Encode(nil, b)}
}

// errDeletes says that delete marks are not what was written.
var errDeletes = errors.New("malformed delete marks")

// deletesMax bounds the ranges of delete marks once decompressed.
const deletesMax = 1 << 28

func decodeDeletes(d *manifest.Deletes, rows int) (rowset.Set, error) {
	if d == nil {
		return rowset.Set{}, nil
	}
	if n, err := s2.DecodedLen(d.Set); err != nil || n > deletesMax {
		return rowset.Set{}, errDeletes
	}
	b, err := s2.Decode(nil, d.Set)
	if err != nil {
		return rowset.Set{}, fmt.Errorf("%w: %w", errDeletes, err)
	}
	var ranges []rowset.Range
	at := uint64(0)
	for len(b) > 0 {
		skip, n := binary.Uvarint(b)
		size, k := binary.Uvarint(b[max(n, 0):])
		if n <= 0 || k <= 0 || skip > uint64(rows)-at || size > uint64(rows)-at-skip {
			return rowset.Set{}, errDeletes
		}
		b = b[n+k:]
		ranges = append(ranges, rowset.Range{Lo: int(at + skip), Hi: int(at + skip + size)})
		at += skip + size
	}
	set := rowset.Of(rows, ranges...)
	if uint64(set.Count()) != d.Rows {
		return rowset.Set{}, errDeletes
	}
	return set, nil
}
