package symbol

// View is the first Len values of a dictionary. It never changes, whatever the
// writer adds, and may be used by any goroutine. Copies are cheap.
type View struct {
	dict  *Dict
	pages []*page
	n     uint32
	bytes int64
}

// Len is the number of values; the symbols are those below it.
func (v View) Len() uint32 { return v.n }

// Bytes is the length of all values together.
func (v View) Bytes() int64 { return v.bytes }

// Prefix returns the first n values, for a caller that knows a moment by its
// length; n must not be above Len. Bytes of the result is that of v.
func (v View) Prefix(n uint32) View {
	if n > v.n {
		panic("symbol: prefix longer than the view")
	}
	v.n = n
	return v
}

// data returns the page of a symbol and its place there.
func (v View) data(sym Symbol) (d *pageData, i uint32) {
	if sym >= v.n {
		panic("symbol: symbol beyond the view")
	}
	return v.pages[sym>>pageBits].data.Load(), sym & pageMask
}

// AppendValue appends the value of a symbol below Len to dst.
func (v View) AppendValue(dst []byte, sym Symbol) []byte {
	d, i := v.data(sym)
	return d.appendTo(dst, i)
}

// Value returns the value of a symbol below Len.
func (v View) Value(sym Symbol) string {
	return string(v.AppendValue(nil, sym))
}

// ValueLen returns the length of the value of a symbol below Len.
func (v View) ValueLen(sym Symbol) int {
	d, i := v.data(sym)
	return d.len(i)
}

// Hash returns the portable hash of the value of a symbol below Len.
func (v View) Hash(sym Symbol) Hash128 {
	d, i := v.data(sym)
	return d.hash(i)
}

// Decode appends the values of symbols to out.
func (v View) Decode(symbols []Symbol, out *Strings) {
	if len(out.Offsets) == 0 {
		out.Offsets = append(out.Offsets, 0)
	}
	for _, sym := range symbols {
		out.Bytes = v.AppendValue(out.Bytes, sym)
		out.Offsets = append(out.Offsets, uint32(len(out.Bytes)))
	}
}

// Lookup returns the symbol of a value, or false if it is not among the first
// Len values.
func (v View) Lookup(value []byte) (Symbol, bool) {
	var k key
	k.set(value)
	sym := v.find(&k)
	return sym, sym != None
}

// LookupBatch writes the symbol of each value to out, which must be as long,
// and None for values not in the view.
func (v View) LookupBatch(values Strings, out []Symbol) {
	out = out[:values.Len()]
	var k key
	for i := range out {
		k.set(values.At(i))
		out[i] = v.find(&k)
	}
}

func (v View) find(k *key) Symbol {
	sub, bits := k.hash.place()
	return v.dict.tables[sub].Load().find(k, bits, v.n, v.pages)
}
