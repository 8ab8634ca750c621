package agg

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
	"github.com/freshetdb/freshet/index/roofline"
)

const (
	benchRows  = 1 << 20
	benchBatch = 8192
)

// benchData is rows in batches: groups up to n and one column of type t.
func benchData(t string, groups, domain int) []data {
	r := rand.New(rand.NewPCG(1, 2))
	dict := newDict()
	if elem := types.MustParse(t); elem.IsString() {
		for i := range domain {
			dict.code(fmt.Sprintf("user-%08d", i))
		}
	}
	var out []data
	for lo := 0; lo < benchRows; lo += benchBatch {
		d := data{n: benchBatch, groups: make([]uint32, benchBatch)}
		b := batch.NewBuilder(types.MustParse(t), benchBatch)
		codes := make([]uint32, benchBatch)
		for i := range benchBatch {
			d.groups[i] = uint32(r.IntN(groups))
			v := r.IntN(domain)
			codes[i] = uint32(v)
			switch b.Type.Phys() {
			case types.PhysU8:
				b.U8 = append(b.U8, uint8(v))
			case types.PhysU64:
				b.U64 = append(b.U64, uint64(v))
			case types.PhysI64:
				b.I64 = append(b.I64, int64(v))
			case types.PhysF64:
				b.F64 = append(b.F64, float64(v))
			case types.PhysI128:
				b.I128 = append(b.I128, types.Int128From(int64(v)))
			default:
			}
			if b.Type.Nullable {
				if v%8 == 0 {
					b.I64 = b.I64[:len(b.I64)-1]
					b.AppendNull()
				} else {
					b.NotNull()
				}
			}
		}
		v := b.Finish()
		if b.Type.IsString() {
			v = &batch.Vector{Type: b.Type, Len: benchBatch, Data: batch.Symbols{Codes: codes, Dict: dict}}
		}
		d.args = []*batch.Vector{v}
		out = append(out, d)
	}
	return out
}

func BenchmarkAdd(b *testing.B) {
	for _, c := range []struct {
		name           string
		typ            string
		groups, domain int
	}{
		{"count", "UInt8", 1000, 200},
		{"sum", "Int64", 1000, 200},
		{"sum", "UInt8", 1000, 200},
		{"sum", "Float64", 1000, 200},
		{"sum", "Nullable(Int64)", 1000, 200},
		{"sum", "Decimal(38,2)", 1000, 200},
		{"avg", "Int64", 1000, 200},
		{"min", "Int64", 1000, 1 << 30},
		{"min", "String", 1000, 100000},
		{"any", "String", 1000, 100000},
		{"uniqExact", "String", 1, 1 << 20},
		{"uniqExact", "String", 60, 1 << 20},
		{"uniqExact", "String", 1000, 1 << 20},
		{"uniqExact", "String", 100000, 1 << 20},
		{"uniqExact", "UInt64", 1, 1 << 20},
		{"uniqExact", "UInt64", 1000, 1 << 20},
		{"uniq", "String", 60, 1 << 20},
		{"uniq", "UInt64", 60, 1 << 20},
		{"quantile", "Float64", 100, 1 << 20},
		{"groupArray", "UInt64", 1000, 1 << 20},
		{"topK", "String", 100, 1000},
		{"varPop", "Float64", 1000, 1000},
	} {
		ds := benchData(c.typ, c.groups, c.domain)
		f, err := New(c.name, nil, []types.Type{types.MustParse(c.typ)})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%s(%s)/groups=%d", c.name, c.typ, c.groups), func(b *testing.B) {
			for b.Loop() {
				s := f.New()
				s.Grow(c.groups)
				for _, d := range ds {
					s.Add(d.groups, d.args, d.n)
				}
			}
			w := leastWork(c.name, ds, c.groups, c.domain)
			w.Read += 4 * benchRows
			w.Gather, w.Steps = benchRows, benchRows
			roofline.Report(b, w)
		})
		if c.groups != 1 && c.groups != 1000 {
			continue
		}
		b.Run(fmt.Sprintf("%s(%s)/all", c.name, c.typ), func(b *testing.B) {
			for b.Loop() {
				s := f.New()
				s.Grow(1)
				for _, d := range ds {
					s.AddAll(0, d.args, d.n)
				}
			}
			roofline.Report(b, leastWork(c.name, ds, 1, c.domain))
		})
	}
}

// leastWork is what adding rows takes at the least. A state has eight bytes, or a sign for each value that it holds:
// a bit for each that it may hold, if that is less.
func leastWork(name string, ds []data, groups, domain int) roofline.Work {
	w := roofline.Work{Rows: benchRows, Table: 8 * groups, Steps: len(ds)}
	if name == "count" || name == "any" { // They need not look at rows.
		return w
	}
	for _, d := range ds {
		w.Read += int(d.args[0].SizeBytes())
	}
	if name == "uniqExact" || name == "uniq" {
		width := w.Read / benchRows
		w.Gather, w.Table = benchRows, min(width*benchRows, width*groups*domain)
		if width == 4 {
			w.Table = min(w.Table, groups*domain/8)
		}
	}
	if name == "groupArray" {
		w.Write = w.Read
	}
	return w
}

func BenchmarkIf(b *testing.B) {
	ds := benchData("Int64", 1000, 200)
	for _, name := range []string{"countIf", "sumIf"} {
		b.Run(name, func(b *testing.B) {
			args := []types.Type{types.Of(types.Int64), types.Of(types.UInt8)}
			f, err := New(name, nil, args)
			if err != nil {
				b.Fatal(err)
			}
			r := rand.New(rand.NewPCG(3, 4))
			conds := make([]*batch.Vector, len(ds))
			for i, d := range ds {
				values := make([]uint8, d.n)
				for k := range values {
					values[k] = uint8(r.IntN(2))
				}
				conds[i] = batch.NewFixed(args[1], values, nil)
			}
			for b.Loop() {
				s := f.New()
				s.Grow(1000)
				for i, d := range ds {
					s.Add(d.groups, []*batch.Vector{d.args[0], conds[i]}, d.n)
				}
			}
			w := leastWork(strings.TrimSuffix(name, "If"), ds, 1000, 200)
			w.Read += (4 + 1) * benchRows
			w.Gather, w.Steps = benchRows/2, benchRows
			roofline.Report(b, w)
		})
	}
}
