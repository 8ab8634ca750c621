package entry_test

import (
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/entry"
	"github.com/freshetdb/freshet/columnar/types"
)

func sample() *entry.Entry {
	n := batch.NewFixed(types.Of(types.UInt16), []uint16{1, 2, 3}, nil)
	var s batch.Strings
	for _, v := range []string{"a", "", "ccc"} {
		s.AppendString(v)
	}
	return &entry.Entry{
		Kind: entry.Insert, MapEpoch: 1, Table: 7, SchemaVersion: 2, Rows: 3,
		Positions: []entry.Position{{Source: "log", Key: "8:21:0", From: 10, Next: 90}},
		Inserts:   []entry.ClientInsert{{Token: "t1", Rows: 2}, {Rows: 1}},
		Columns: []entry.Column{
			{ID: 1, Vector: n},
			{ID: 4, Vector: batch.NewStrings(types.MustParse("Nullable(String)"), s, []bool{false, true, false})},
		},
		Signs: []int8{1, -1, 1},
	}
}

func TestRoundTrip(t *testing.T) {
	for _, e := range []*entry.Entry{
		sample(),
		{Kind: entry.Define, Table: 3, Body: []byte(`{"id":3}`)},
		{Kind: entry.Commit, Txn: 9, Parts: 4, Inserts: []entry.ClientInsert{{Token: "x", Rows: 5}}},
	} {
		got, err := entry.Decode(e.Encode(nil))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, got, cmp.Comparer(types.Type.Equal)); diff != "" {
			t.Errorf("kind %d: %s", e.Kind, diff)
		}
	}
}

// TestGolden pins the format: old logs must stay readable.
func TestGolden(t *testing.T) {
	const want = "0101" + // version, Insert
		"010702000000" + // epoch, table, schema, txn, part, parts
		"01036c6f6706383a32313a300a5a" + // one position: "log" "8:21:0" [10, 90)
		"0202743102" + "0001" + // two inserts: "t1" 2 rows, no token 1 row
		"03" + "02" + // rows, columns
		"01" + "0655496e743136" + "04" + "104e756c6c61626c6528537472696e6729" +
		"01" + "14" + // signs follow; the body has 20 bytes
		"14" + "4c" + "00010002000300" + "0202" + "04010003" + "61636363" + "01ff01" // S2 of the body
	if got := hex.EncodeToString(sample().Encode(nil)); got != want {
		t.Errorf("encoding changed:\n got %s\nwant %s", got, want)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(sample().Encode(nil))
	f.Add((&entry.Entry{Kind: entry.Define, Body: []byte("{}")}).Encode(nil))
	f.Fuzz(func(t *testing.T, src []byte) {
		e, err := entry.Decode(src)
		if err != nil {
			return
		}
		if _, err := entry.Decode(e.Encode(nil)); err != nil {
			t.Fatalf("a decoded entry does not encode: %v", err)
		}
	})
}
