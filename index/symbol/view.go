package symbol

// View is the first Len values of a dictionary. It never changes, whatever the
// writer adds, and may be used by any goroutine. Copies are cheap.
type View struct {
	dict  *Dict
	dir   directory
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

// page returns the page of a symbol and its place there.
func (v View) page(sym Symbol) (p *page, i uint32) {
	if sym >= v.n {
		panic("symbol: symbol beyond the view")
	}
	return v.dir.at(sym), sym & pageMask
}

// AppendValue appends the value of a symbol below Len to dst.
func (v View) AppendValue(dst []byte, sym Symbol) []byte {
	p, i := v.page(sym)
	return p.appendTo(dst, i)
}

// Value returns the value of a symbol below Len.
func (v View) Value(sym Symbol) string {
	return string(v.AppendValue(nil, sym))
}

// ValueLen returns the length of the value of a symbol below Len.
func (v View) ValueLen(sym Symbol) int {
	p, i := v.page(sym)
	return p.len(i)
}

// Hash returns the portable hash of the value of a symbol below Len.
func (v View) Hash(sym Symbol) Hash128 {
	p, i := v.page(sym)
	return p.hash(i)
}

// AppendLowHashes appends the low half of the hash of each symbol, all below Len, to
// dst.
func (v View) AppendLowHashes(dst []uint64, symbols []Symbol) []uint64 {
	var p *page
	number := ^Symbol(0)
	for _, sym := range symbols {
		if n := sym >> pageBits; n != number {
			number = n
			p, _ = v.page(sym)
		}
		if i := sym & pageMask; p.ids != nil {
			dst = append(dst, loadPacked(p.ids[i*packedBytes:]).hash().Lo)
		} else {
			dst = append(dst, p.hash(i).Lo)
		}
	}
	return dst
}

// Decode appends the values of symbols to out.
func (v View) Decode(symbols []Symbol, out *Strings) {
	if len(out.Offsets) == 0 {
		out.Offsets = append(out.Offsets, 0)
	}
	var p *page
	number := ^Symbol(0)
	for _, sym := range symbols {
		if n := sym >> pageBits; n != number {
			number = n
			p, _ = v.page(sym)
		}
		out.Bytes = p.appendTo(out.Bytes, sym&pageMask)
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
	var keys [prefetchLen]key
	for from := 0; from < len(out); from += prefetchLen {
		part := out[from:min(from+prefetchLen, len(out))]
		block := keys[:len(part)]
		for j := range block {
			block[j].set(values.At(from + j))
		}
		v.dict.touch(block, v.n, v.dir)
		for j := range block {
			part[j] = v.find(&block[j])
		}
	}
}

func (v View) find(k *key) Symbol {
	sub, bits := k.hash.place()
	return v.dict.tables[sub].Load().find(k, bits, v.n, v.dir)
}
