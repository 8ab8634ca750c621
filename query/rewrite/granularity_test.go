package rewrite

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/expr"
	"github.com/freshetdb/freshet/columnar/table"
	"github.com/freshetdb/freshet/columnar/types"
)

// timeFunctions are functions of a time, with an argument before the zone if any.
var timeFunctions = []struct {
	name string
	arg  *expr.Const
}{
	{"toStartOfMinute", nil},
	{"toStartOfFiveMinutes", nil},
	{"toStartOfTenMinutes", nil},
	{"toStartOfFifteenMinutes", nil},
	{"toStartOfHour", nil},
	{"toStartOfDay", nil},
	{"toDate", nil},
	{"toYYYYMMDD", nil},
	{"toMonday", nil},
	{"toStartOfWeek", nil},
	{"toStartOfWeek", number(1)},
	{"toStartOfMonth", nil},
	{"toYYYYMM", nil},
	{"toStartOfQuarter", nil},
	{"toStartOfYear", nil},
	{"toYear", nil},
	{"toMinute", nil},
	{"toHour", nil},
	{"toDayOfWeek", nil},
	{"toDayOfMonth", nil},
	{"toDayOfYear", nil},
	{"toMonth", nil},
	{"toQuarter", nil},
	{"toStartOfInterval", interval(10, types.Second)},
	{"toStartOfInterval", interval(30, types.Minute)},
	{"toStartOfInterval", interval(32, types.Second)},
	{"toStartOfInterval", interval(2, types.Hour)},
	{"toStartOfInterval", interval(4, types.Hour)},
	{"toStartOfInterval", interval(12, types.Hour)},
	{"toStartOfInterval", interval(1, types.Day)},
	{"toStartOfInterval", interval(1, types.Week)},
	{"toStartOfInterval", interval(1, types.Month)},
	{"toStartOfInterval", interval(3, types.Month)},
}

func number(n uint8) *expr.Const {
	return expr.NewConst(batch.NewFixed(types.Of(types.UInt8), []uint8{n}, nil))
}

func interval(n int64, unit types.Unit) *expr.Const {
	return expr.NewConst(batch.NewFixed(types.Type{Kind: types.Interval, Unit: unit}, []int64{n}, nil))
}

func text(s string) *expr.Const {
	var one batch.Strings
	one.AppendString(s)
	return expr.NewConst(batch.NewStrings(types.Of(types.String), one, nil))
}

// randomTimes are seconds, many of them near changes of clocks.
func randomTimes() []uint32 {
	r := rand.New(rand.NewPCG(1, 2))
	var out []uint32
	for range 100 {
		out = append(out, uint32(r.Int64N(1<<32-1)))
	}
	// The later ones are of St_Johns, Chatham, Lord_Howe, Tehran, Monrovia, Sao_Paulo,
	// Singapore, Kathmandu and Moncton.
	for _, change := range []uint32{1289100660, 1300069860, 1712412000, 1727532000, 1743865200, 1363897800, 63593070, 1539486000, 378664200, 504901800, 1143954060, 1162094460, 1711846800, 1711850400, 1729990800, 1710054000, 1730613600, 1712415600, 1728142200, 1704067200, 1735689600} {
		for range 50 {
			out = append(out, change-100_000+uint32(r.IntN(200_000)))
		}
	}
	return out
}

// TestCoarserHolds takes every function of a time that is made one of a key, over
// columns and with zones of every kind, and compares what both say of many times.
func TestCoarserHolds(t *testing.T) {
	zones := []string{
		"UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Asia/Kolkata",
		"America/St_Johns", "Pacific/Chatham", "Asia/Tehran", "Africa/Monrovia", "America/Sao_Paulo", "Asia/Singapore", "America/Moncton",
	}
	ctx := expr.Background()
	ctx.Zone = types.UTC
	times := randomTimes()
	made, asked := 0, 0
	for _, own := range zones {
		z, err := types.LoadZone(own)
		if err != nil {
			t.Fatal(err)
		}
		typ := types.Type{Kind: types.DateTime, Zone: z}
		col := &expr.Column{Pos: 0, Name: "ts", T: typ}
		in := &batch.Batch{Cols: []*batch.Vector{batch.NewFixed(typ, times, nil)}, Rows: len(times)}
		var calls []*expr.Call
		for _, f := range timeFunctions {
			for _, zone := range []string{"", "UTC", "Asia/Shanghai", "Asia/Kathmandu"} {
				args := []expr.Expr{col}
				if f.arg != nil {
					args = append(args, f.arg)
				}
				if zone != "" {
					if f.name == "toStartOfWeek" && f.arg == nil {
						continue // its second argument is the mode
					}
					args = append(args, text(zone))
				}
				if e, err := expr.NewCall(ctx, f.name, args); err == nil {
					if c, ok := e.(*expr.Call); ok {
						calls = append(calls, c)
					}
				}
			}
		}
		values := make([]*batch.Vector, len(calls))
		for i, c := range calls {
			if values[i], err = expr.Eval(ctx, c, in); err != nil {
				t.Fatal(err)
			}
		}
		for k, key := range calls {
			cand := &Candidate{Def: &table.Def{Schema: types.Schema{Columns: []types.Column{{ID: 1, Name: "k", Type: key.Type()}}}}}
			r := &rollup{Candidate: cand, decoded: &decoded{keys: []expr.Expr{key}, places: []int{0}}}
			q := &question{ctx: &Context{Expr: ctx}}
			over := &batch.Batch{Cols: []*batch.Vector{values[k]}, Rows: len(times)}
			for w, want := range calls {
				asked++
				e, _ := q.derive(r, want)
				if e == nil {
					continue
				}
				made++
				got, err := expr.Eval(ctx, e, over)
				if err != nil {
					t.Fatalf("%s from %s: %v", want, key, err)
				}
				if !bytes.Equal(got.Expand().Encode(nil), values[w].Expand().Encode(nil)) {
					t.Errorf("over a column of %s, %s made of %s differs", own, want, key)
				}
			}
		}
	}
	t.Logf("%d of %d functions were made of keys", made, asked)
	if made*20 < asked {
		t.Errorf("of %d functions only %d were made of keys", asked, made)
	}
}
