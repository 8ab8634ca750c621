package table

import (
	"context"
	"slices"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/index/symbol"
)

// United is the values of several shards' dictionaries of one column as one dictionary.
// It implements [batch.Dictionary].
type United struct {
	view  *symbol.UnionView
	parts []batch.Dictionary
}

// United numbers many symbols only for a query that reads as many rows: unitedPays is
// how many of them may come to a row, and unitedFree how many are numbered in any case.
const (
	unitedPays = 4
	unitedFree = 1 << 14
)

// Unite gives the dictionaries of a column as one; nil where numbering what has no number yet does not pay
// for a query of so many rows, or there is no room for it. Numbers are kept with the
// dictionaries for the queries that follow.
func Unite(ctx context.Context, room *ledger.Budget, dicts []batch.Dictionary, rows int) (*United, error) {
	views := make([]symbol.View, len(dicts))
	for i, d := range dicts {
		s, ok := d.(*Symbols)
		if !ok || s.isPlain {
			return nil, nil // Text without a symbol would have to be looked for in all of them.
		}
		views[i] = s.view
	}
	union := symbol.UnionOf(views[0], room.Add)
	if n := union.Missing(views); n > unitedFree && n/unitedPays > rows {
		return nil, nil
	}
	view, err := union.Extend(views, func() error { return context.Cause(ctx) })
	if err != nil {
		if ctx.Err() == nil {
			err = nil // There is no room.
		}
		return nil, err
	}
	return &United{view: view, parts: dicts}, nil
}

// HasParts tells whether dictionaries are among those that were united.
func (u *United) HasParts(dicts []batch.Dictionary) bool {
	return !slices.ContainsFunc(dicts, func(d batch.Dictionary) bool { return !slices.Contains(u.parts, d) })
}

// CodesOf implements batch.WholeDictionary.
func (u *United) CodesOf(part batch.Dictionary) (codes []uint32, ok bool) {
	i := slices.Index(u.parts, part)
	if i < 0 {
		return nil, false
	}
	return u.view.Codes(i), true
}

// Len implements batch.Dictionary.
func (u *United) Len() int { return u.view.Len() }

// Value implements batch.Dictionary.
func (u *United) Value(sym uint32) []byte { return u.view.AppendValue(nil, sym) }

// Decode implements batch.DecodingDictionary.
func (u *United) Decode(symbols []uint32, dst *batch.Strings) {
	u.view.Decode(symbols, (*symbol.Strings)(dst))
}

// Lookup implements batch.Dictionary.
func (u *United) Lookup(value []byte) (sym uint32, ok bool) { return u.view.Lookup(value) }

// Hash128 implements batch.Dictionary.
func (u *United) Hash128(sym uint32) (hi, lo uint64) {
	h := u.view.Hash(sym)
	return h.Hi, h.Lo
}

// AppendLowHashes implements batch.HashingDictionary.
func (u *United) AppendLowHashes(dst []uint64, symbols []uint32) []uint64 {
	return u.view.AppendLowHashes(dst, symbols)
}
