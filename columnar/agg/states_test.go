package agg

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// specs is every function over the types that make it take another path.
func specs() []spec {
	var out []spec
	add := func(name string, args ...[]string) {
		for _, a := range args {
			out = append(out, spec{name: name, args: a})
		}
	}
	one := func(types ...string) (out [][]string) {
		for _, t := range types {
			out = append(out, []string{t})
		}
		return out
	}
	add("count", append(one("UInt8", "Nullable(String)"), nil)...)
	add("sum", one("Bool", "UInt8", "UInt16", "UInt32", "UInt64", "Int8", "Int16", "Int32", "Int64", "Float32",
		"Float64", "Decimal(9,2)", "Decimal(30,2)", "Nullable(Int32)", "Nullable(Decimal(30,2))", "Nullable(Float64)")...)
	add("avg", one("UInt8", "Int64", "Float32", "Decimal(9,2)", "Decimal(30,2)", "Date", "Date32", "DateTime",
		"DateTime64(3)", "Nullable(UInt16)")...)
	every := one("Bool", "UInt8", "UInt16", "UInt32", "UInt64", "Int8", "Int16", "Int32", "Int64", "Float32", "Float64",
		"Decimal(9,2)", "Decimal(30,2)", "String", "FixedString(3)", "Nullable(String)", "Date", "DateTime64(3)", "UUID", "IPv4", "IPv6",
		"Array(Nullable(String))", "Tuple(UInt8, String)", "LowCardinality(String)", "Nullable(Float64)")
	for _, f := range []string{"min", "max", "any", "anyLast", "uniq", "uniqExact"} {
		add(f, every...)
	}
	for _, f := range []string{"argMin", "argMax"} {
		add(f, []string{"String", "UInt8"}, []string{"UInt8", "String"}, []string{"Nullable(String)", "Nullable(Float64)"},
			[]string{"Array(UInt8)", "Tuple(UInt8,String)"}, []string{"Float32", "Decimal(30,2)"}, []string{"Int64", "Float64"})
	}
	for _, f := range []string{"uniq", "uniqExact"} {
		add(f, []string{"String", "UInt8"}, []string{"Nullable(String)", "Nullable(UInt8)"})
	}
	add("countIf", []string{"UInt8"}, []string{"Nullable(UInt8)"}, []string{"Nullable(String)", "Bool"})
	add("sumIf", []string{"UInt32", "UInt8"}, []string{"Nullable(Decimal(9,2))", "Nullable(UInt8)"})
	add("uniqExactIf", []string{"String", "UInt8"}, []string{"UInt64", "UInt8"})
	add("sumOrNull", one("Int32", "Nullable(Int32)")...)
	add("minOrDefault", one("String", "Nullable(String)")...)
	add("sumOrNullIf", []string{"Int32", "UInt8"})
	add("sumIfOrNull", []string{"Int32", "UInt8"})
	add("sumArray", one("Array(UInt8)", "Array(Nullable(Int32))")...)
	add("uniqArray", one("Array(String)")...)
	add("argMinArray", []string{"Array(String)", "Array(UInt8)"})
	add("sumArrayIf", []string{"Array(Int16)", "UInt8"})
	add("sumDistinct", one("Int32", "Nullable(Int32)")...)
	add("anyDistinct", one("String")...)
	add("countDistinct", one("Nullable(String)")...)
	return append(out, moreSpecs()...)
}

func constOf(text string, v int) *batch.Vector {
	b := batch.NewBuilder(types.MustParse(text), 1)
	switch text {
	case "String":
		b.Str.AppendString("counts")
	case "Float64":
		b.F64 = append(b.F64, float64(v)/100)
	default:
		b.U64 = append(b.U64, uint64(v))
	}
	return b.Finish()
}

// moreSpecs is the functions that take parameters or several arguments.
func moreSpecs() []spec {
	var out []spec
	add := func(name string, params []*batch.Vector, args ...[]string) {
		for _, a := range args {
			out = append(out, spec{name: name, params: params, args: a})
		}
	}
	of := func(types ...string) (out [][]string) {
		for _, t := range types {
			out = append(out, []string{t})
		}
		return out
	}
	level := []*batch.Vector{constOf("Float64", 30)}
	levels := []*batch.Vector{constOf("Float64", 90), constOf("Float64", 50), constOf("Float64", 0), constOf("Float64", 100)}
	numbers := of("Bool", "UInt8", "UInt16", "UInt32", "UInt64", "Int8", "Int16", "Int32", "Int64", "Float32", "Float64", "Nullable(Int32)")
	dated := append(of("Decimal(9,2)", "Decimal(30,2)", "Date", "DateTime", "DateTime64(3)"), numbers...)
	for _, f := range []string{"quantile", "quantileExact", "quantileExactLow", "quantileExactHigh"} {
		add(f, level, dated...)
		add(f, nil, of("UInt8", "Float64")...)
	}
	add("quantiles", levels, dated...)
	add("quantilesExact", levels, dated...)
	add("quantileExactInclusive", level, numbers...)
	add("quantilesExactExclusive", levels[:2], numbers...)
	add("quantileTDigest", level, append(of("Date", "DateTime"), numbers...)...)
	add("quantilesTDigestWeighted", levels, []string{"Int32", "UInt8"})
	add("median", nil, of("UInt8")...)
	for _, f := range []string{"varPop", "varSamp", "stddevPop", "stddevSamp", "skewPop", "skewSamp", "kurtPop", "kurtSamp", "sumKahan"} {
		add(f, nil, of("UInt8", "Int64", "Float32", "Nullable(Decimal(9,2))")...)
	}
	for _, f := range []string{"covarPop", "covarSamp", "corr", "simpleLinearRegression", "avgWeighted"} {
		add(f, nil, []string{"UInt8", "Int16"}, []string{"Nullable(UInt8)", "UInt32"})
	}
	for _, f := range []string{"groupBitAnd", "groupBitOr", "groupBitXor", "groupBitmap", "sumWithOverflow"} {
		add(f, nil, numbers[1:9]...)
		add(f, nil, []string{"Nullable(Int32)"})
	}
	add("sumWithOverflow", nil, of("Decimal(9,2)", "Decimal(18,2)", "Decimal(30,2)", "Float32", "Bool")...)
	every := of("UInt8", "Int64", "Float64", "String", "FixedString(3)", "Nullable(String)", "Nullable(Int32)", "UUID", "Decimal(30,2)",
		"Array(Nullable(String))", "Tuple(UInt8, String)", "LowCardinality(String)")
	two, three := []*batch.Vector{constOf("UInt64", 2)}, []*batch.Vector{constOf("UInt64", 3), constOf("UInt64", 40), constOf("String", 0)}
	for _, f := range []string{"groupArray", "groupUniqArray", "groupArrayLast", "groupArraySorted"} {
		add(f, two, every...)
		if f == "groupArray" || f == "groupUniqArray" {
			add(f, nil, every...)
		}
	}
	add("topK", three, every...) // 120 counters: exact here
	add("topKWeighted", three, []string{"String", "UInt8"}, []string{"Nullable(Int32)", "Int16"})
	add("entropy", nil, append([][]string{{"UInt8", "String"}}, every...)...)
	add("any_respect_nulls", nil, every...)
	add("anyLast_respect_nulls", nil, every...)
	for _, f := range []string{"sumMap", "minMap", "maxMap", "sumMapWithOverflow"} {
		add(f, nil, []string{"Array(UInt8)", "Array(UInt16)"}, []string{"Array(String)", "Array(Nullable(Int32))", "Array(Int64)"},
			[]string{"Tuple(Array(Nullable(String)), Array(Decimal(9,2)))"})
	}
	add("maxMap", nil, []string{"Array(String)", "Array(String)"})
	add("groupArrayIf", nil, []string{"String", "Nullable(UInt8)"})
	add("quantileIf", level, []string{"UInt8", "UInt8"})
	add("groupUniqArrayArray", nil, []string{"Array(String)"})
	out = append(out, eventSpecs()...)
	for _, v := range dated {
		add("quantileExactWeighted", level, []string{v[0], "UInt32"})
	}
	add("quantilesExactWeighted", levels, []string{"Float64", "UInt8"}, []string{"Int16", "Nullable(UInt64)"}, []string{"Date", "UInt16"})
	add("uniqUpTo", []*batch.Vector{constOf("UInt64", 4)}, append([][]string{{"UInt8", "String"}}, every...)...)
	return out
}

// eventSpecs is the functions over the course of events.
func eventSpecs() []spec {
	var out []spec
	text := func(s string) *batch.Vector {
		b := batch.NewBuilder(types.Of(types.String), 1)
		b.Str.AppendString(s)
		return b.Finish()
	}
	window := constOf("UInt64", 5)
	for _, modes := range [][]*batch.Vector{
		{window},
		{window, text("strict_order")},
		{window, text("strict_deduplication")},
		{window, text("strict_increase")},
		{window, text("strict_once")},
		{window, text("strict_order"), text("allow_reentry")},
	} {
		out = append(out, spec{"windowFunnel", modes, []string{"UInt32", "UInt8", "Bool", "UInt8"}},
			spec{"windowFunnel", modes, []string{"UInt64", "UInt8", "UInt8"}})
	}
	out = append(out, spec{"windowFunnel", []*batch.Vector{window}, []string{"Nullable(DateTime)", "UInt8", "Nullable(UInt8)"}},
		spec{"retention", nil, []string{"UInt8", "Bool", "Nullable(UInt8)"}}, spec{"retention", nil, []string{"UInt8", "UInt8"}})
	for _, f := range []string{"sequenceMatch", "sequenceCount", "sequenceMatchEvents"} {
		for _, p := range []string{"(?1)(?2)", "(?1).*(?2)", "(?1)(?t<=2).(?2)", "(?2)(?t>3)(?1)"} {
			out = append(out, spec{f, []*batch.Vector{text(p)}, []string{"DateTime", "UInt8", "UInt8"}},
				spec{f, []*batch.Vector{text(p)}, []string{"UInt64", "UInt8", "Nullable(UInt8)"}})
		}
	}
	return out
}

// eachSpec runs a property for every function.
func eachSpec(t *testing.T, property func(t *rapid.T, s spec, f Func)) {
	for _, s := range specs() {
		t.Run(s.String(), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) { property(rt, s, s.bind(rt)) })
		})
	}
}

// split cuts rows into pieces of random length.
func split(t *rapid.T, d data) []data {
	var out []data
	for lo := 0; lo < d.n; {
		hi := min(d.n, lo+rapid.IntRange(1, 20).Draw(t, "piece"))
		out = append(out, d.slice(lo, hi))
		lo = hi
	}
	return out
}

// mergeAll merges states into one, in order for functions whose answer depends on
// it, else in random order and grouping.
func mergeAll(t *rapid.T, f Func, parts []States) States {
	for len(parts) > 1 {
		i := rapid.IntRange(0, len(parts)-2).Draw(t, "at")
		j := i + 1
		if f.Class() != ClassB && rapid.Bool().Draw(t, "swap") {
			i, j = j, i
		}
		if err := parts[i].Merge(parts[j], identity(testGroups)); err != nil {
			t.Fatalf("merge: %v", err)
		}
		parts = append(parts[:j], parts[j+1:]...)
	}
	if len(parts) == 0 {
		return run(f)
	}
	return parts[0]
}

func TestMergeIsOnePass(t *testing.T) {
	eachSpec(t, func(t *rapid.T, s spec, f Func) {
		d := drawData(t, f.Args())
		want := render(run(f, d), 0, testGroups)
		dicts, far := drawDicts(t, d), drawDicts(t, d)
		form := rapid.SampledFrom([]string{"text", "symbols", "mixed", "portable"}).Draw(t, "form")
		var parts []States
		for i, p := range split(t, d) {
			st := f.New()
			st.Grow(testGroups)
			switch form {
			case "symbols", "portable":
				p = p.symbols(dicts)
			case "mixed":
				switch i % 3 {
				case 0:
					p = p.symbols(dicts)
				case 1:
					p = p.symbols(far)
				}
			}
			st.Add(p.groups, p.args, p.n)
			if form == "portable" && i%2 == 0 {
				if err := st.Portable(); err != nil {
					t.Fatalf("portable: %v", err)
				}
			}
			parts = append(parts, st)
		}
		check(t, form, render(mergeAll(t, f, parts), 0, testGroups), want)
	})
}

// TestMergeMapsGroups merges groups into others: several into one for functions
// whose answer does not depend on order.
func TestMergeMapsGroups(t *testing.T) {
	eachSpec(t, func(t *rapid.T, s spec, f Func) {
		left, right := drawData(t, f.Args()), drawData(t, f.Args())
		to := rapid.Permutation(identity(testGroups)).Draw(t, "to")
		if f.Class() != ClassB {
			for i := range to {
				to[i] = uint32(rapid.IntRange(0, testGroups-1).Draw(t, "group"))
			}
		}
		dicts := drawDicts(t, left, right)
		moved := data{n: right.n, args: right.args, groups: mapped(right.groups, to)}
		want := render(run(f, left, moved), 0, testGroups)
		src, dst := run(f, right), run(f, left)
		if rapid.Bool().Draw(t, "symbols") {
			src = run(f, right.symbols(dicts))
		}
		if rapid.Bool().Draw(t, "symbols too") {
			dst = run(f, left.symbols(dicts))
		}
		if err := dst.Merge(src, to); err != nil {
			t.Fatalf("merge: %v", err)
		}
		check(t, "merged", render(dst, 0, testGroups), want)
	})
}

// TestForms feeds one States with rows in all forms: text, symbols of two
// dictionaries, constants, sliced vectors.
func TestForms(t *testing.T) {
	eachSpec(t, func(t *rapid.T, s spec, f Func) {
		d := drawData(t, f.Args())
		want := render(run(f, d), 0, testGroups)
		dicts, far := drawDicts(t, d), drawDicts(t, d)
		st := f.New()
		st.Grow(1)
		st.Grow(testGroups)
		for _, p := range split(t, d) {
			switch rapid.IntRange(0, 3).Draw(t, "form") {
			case 0:
				p = p.symbols(dicts)
			case 1:
				p = p.symbols(far)
			case 2: // every row as a constant
				for i := range p.n {
					one := p.slice(i, i+1)
					for k, a := range one.args {
						one.args[k] = batch.NewConst(a, rapid.IntRange(0, 3).Draw(t, "len"))
					}
					st.Add(one.groups, one.args, 1)
				}
				continue
			}
			st.Add(p.groups, p.args, p.n)
		}
		check(t, "forms", render(st, 0, testGroups), want)
	})
}

func TestEncodeDecode(t *testing.T) {
	eachSpec(t, func(t *rapid.T, s spec, f Func) {
		d := drawData(t, f.Args())
		want := render(run(f, d), 0, testGroups)
		more := drawData(t, f.Args())
		dicts := drawDicts(t, d, more)
		src := run(f, d)
		if rapid.Bool().Draw(t, "symbols") {
			src = run(f, d.symbols(dicts))
		}
		form := rapid.SampledFrom([]Form{Local, Portable}).Draw(t, "form")
		dst := f.New()
		dst.Bind(bound(dicts))
		dst.Grow(testGroups)
		var buf []byte
		for g := range uint32(testGroups) {
			buf = src.Encode(buf, g, form)
		}
		rest := buf
		for g := range uint32(testGroups) {
			var err error
			if rest, err = dst.Decode(rest, g, form); err != nil {
				t.Fatalf("decode group %d: %v", g, err)
			}
		}
		if len(rest) != 0 {
			t.Fatalf("%d bytes are left", len(rest))
		}
		check(t, "decoded", render(dst, 0, testGroups), want)
		check(t, "encoded from", render(src, 0, testGroups), want)
		// What was decoded merges with rows of any form.
		dst.Add(more.groups, more.args, more.n)
		check(t, "decoded and added", render(dst, 0, testGroups), render(run(f, d, more), 0, testGroups))
	})
}

func TestAddAll(t *testing.T) {
	eachSpec(t, func(t *rapid.T, s spec, f Func) {
		d := drawData(t, f.Args())
		for i := range d.groups {
			d.groups[i] = 2
		}
		want := render(run(f, d), 0, testGroups)
		dicts := drawDicts(t, d)
		st := f.New()
		st.Grow(testGroups)
		for _, p := range split(t, d) {
			if rapid.Bool().Draw(t, "symbols") {
				p = p.symbols(dicts)
			}
			st.AddAll(2, p.args, p.n)
		}
		check(t, "AddAll", render(st, 0, testGroups), want)
		check(t, "part", render(st, 2, 3), want[2:3])
	})
}

// TestRetract adds rows and others, takes the others back in any order, also
// before they were added, and expects the rows alone.
func TestRetract(t *testing.T) {
	eachSpec(t, func(t *rapid.T, s spec, f Func) {
		d, other := drawData(t, f.Args()), drawData(t, f.Args())
		st := f.NewSigned()
		st.Grow(testGroups)
		if !f.CanRetract() {
			if d.n == 0 {
				return
			}
			st.Add(d.groups, d.args, d.n)
			err := st.Retract(d.groups, d.args, d.n)
			if err != nil && !errors.Is(err, ErrNoRetract) {
				t.Fatalf("retract: %v", err)
			}
			return
		}
		early := rapid.Bool().Draw(t, "early")
		retract := func() {
			if err := st.Retract(other.groups, other.args, other.n); err != nil {
				t.Fatalf("retract: %v", err)
			}
		}
		if early {
			retract()
		}
		st.Add(d.groups, d.args, d.n)
		st.Add(other.groups, other.args, other.n)
		if !early {
			retract()
		}
		check(t, "retracted", render(st, 0, testGroups), render(run(f, d), 0, testGroups))
		var buf []byte
		for g := range uint32(testGroups) {
			buf = st.Encode(buf, g, Portable)
		}
		again := f.NewSigned()
		again.Grow(testGroups)
		var err error
		for g := range uint32(testGroups) {
			if buf, err = again.Decode(buf, g, Portable); err != nil {
				t.Fatalf("decode: %v", err)
			}
		}
		check(t, "decoded", render(again, 0, testGroups), render(run(f, d), 0, testGroups))
	})
}
