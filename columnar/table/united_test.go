package table_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/ledger"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

// dictionaryOf is a dictionary of the numbers from lo on, as text.
func dictionaryOf(t *testing.T, lo, n int) *table.Dictionary {
	t.Helper()
	d := table.NewDictionary(1)
	var s batch.Strings
	for i := range n {
		s.AppendString(strconv.Itoa(lo + i))
	}
	d.Encode(batch.NewStrings(types.Of(types.String), s, nil))
	return d
}

func TestUnite(t *testing.T) {
	a, b, c := dictionaryOf(t, 0, 100), dictionaryOf(t, 50, 100), dictionaryOf(t, 0, 100_000)
	free := ledger.New("test", 0, nil)
	dicts := []batch.Dictionary{a.View(), b.View()}
	u, err := table.Unite(t.Context(), free, dicts, 1)
	if err != nil || u == nil || u.Len() != 150 {
		t.Fatalf("%v, %v", u, err)
	}
	codesA, okA := u.CodesOf(dicts[0])
	codesB, okB := u.CodesOf(dicts[1])
	if !okA || !okB || codesA[70] != codesB[20] || string(u.Value(codesB[20])) != "70" {
		t.Errorf("70 is %d and %d", codesA[70], codesB[20])
	}
	if _, ok := u.CodesOf(c.View()); ok {
		t.Error("a dictionary that was not united has numbers")
	}
	if !u.HasParts(dicts[1:]) || u.HasParts([]batch.Dictionary{dicts[0], c.View()}) {
		t.Error("HasParts is wrong")
	}
	hi, lo := u.Hash128(codesB[20])
	if h, l := a.View().Hash128(70); h != hi || l != lo {
		t.Error("the hash of 70 is another one")
	}

	many := []batch.Dictionary{a.View(), c.View()}
	if u, err = table.Unite(t.Context(), free, many, 1000); u != nil || err != nil {
		t.Errorf("100,000 symbols for 1,000 rows: %v, %v", u, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = table.Unite(ended, free, many, 100_000); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	if u, err = table.Unite(t.Context(), free, many, 100_000); u == nil || err != nil || u.Len() != 100_000 {
		t.Errorf("100,000 symbols for as many rows: %v, %v", u, err)
	}
	if u, err = table.Unite(t.Context(), free, many, 1); u == nil || err != nil {
		t.Errorf("asked for again: %v, %v", u, err)
	}

	d := dictionaryOf(t, 0, 100)
	if u, err = table.Unite(t.Context(), ledger.New("small", 1000, nil), []batch.Dictionary{d.View(), a.View()}, 100); u != nil || err != nil {
		t.Errorf("without room: %v, %v", u, err)
	}
	d.Plain = true
	if u, err = table.Unite(t.Context(), free, []batch.Dictionary{d.View(), a.View()}, 100); u != nil || err != nil {
		t.Errorf("a plain column: %v, %v", u, err)
	}
}
