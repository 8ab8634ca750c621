package agg

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/freshetdb/freshet/columnar/batch"
)

// fuzzDict is the dictionary that fuzzed local states are read with.
func fuzzDict() *memDict {
	d := newDict()
	for _, v := range []string{"", "a", "b", "  3", "  4", "11", "long enough"} {
		d.code(v)
	}
	return d
}

// FuzzDecode reads arbitrary bytes as the state of a function, by its number in
// specs, and expects an error or a state that works.
func FuzzDecode(f *testing.F) {
	all := specs()
	for i, s := range all {
		fn := s.bind(f)
		example := rapid.Custom(func(t *rapid.T) data { return drawData(t, fn.Args()) }).Example(i)
		dicts := make([]*memDict, len(s.args))
		for k := range dicts {
			dicts[k] = fuzzDict()
		}
		for form, st := range map[Form]States{Portable: run(fn, example), Local: run(fn, example.symbols(dicts))} {
			for g := range uint32(2) {
				f.Add(uint16(i), uint8(form), st.Encode(nil, g, form))
			}
		}
	}
	f.Fuzz(func(t *testing.T, which uint16, form uint8, raw []byte) {
		s := all[int(which)%len(all)]
		fn := s.bind(t)
		st := fn.New()
		dict := fuzzDict()
		dicts := make([]batch.Dictionary, len(s.args))
		for k := range dicts {
			dicts[k] = dict
		}
		st.Bind(dicts)
		st.Grow(3)
		rest, err := st.Decode(raw, 1, Form(form%2))
		if err != nil {
			return
		}
		if len(rest) > len(raw) {
			t.Fatalf("%s: %d bytes of %d are left", s, len(rest), len(raw))
		}
		want := render(st, 0, 3)
		again := fn.New()
		again.Grow(3)
		if _, err := again.Decode(st.Encode(nil, 1, Portable), 1, Portable); err != nil {
			t.Fatalf("%s: what was decoded does not encode: %v", s, err)
		}
		check(t, s.String(), render(again, 0, 3), want)
		if st.SizeBytes() < 0 {
			t.Fatalf("%s: size %d", s, st.SizeBytes())
		}
		if err := st.Merge(again, []uint32{2, 2, 0}); err != nil {
			t.Fatalf("%s: merge: %v", s, err)
		}
		render(st, 0, 3)
	})
}
