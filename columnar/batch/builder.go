package batch

import (
	"fmt"

	"github.com/freshetdb/freshet/columnar/types"
)

// Builder grows one column row by row. Only the slice of the type's physical
// form is used; readers of row formats append to it directly, then call
// [Builder.NotNull] or [Builder.AppendNull] as the row demands.
//
// For a Nullable type every appended value must be followed by NotNull, which
// keeps the null map in step; for other types NotNull does nothing.
type Builder struct {
	Type types.Type

	U8    []uint8
	U16   []uint16
	U32   []uint32
	U64   []uint64
	I8    []int8
	I16   []int16
	I32   []int32
	I64   []int64
	I128  []types.Int128
	B16   []types.Bytes16
	F32   []float32
	F64   []float64
	Str   Strings
	Ends  []uint32   // Array: end of each row in Elems[0]
	Elems []*Builder // Array: one; Tuple: one per element

	nulls   []bool
	hasNull bool
	count   int // rows of PhysNone
}

// NewBuilder makes a builder with room for rows rows.
func NewBuilder(t types.Type, rows int) *Builder {
	b := &Builder{Type: t}
	if t.Nullable {
		b.nulls = make([]bool, 0, rows)
	}
	switch t.Phys() {
	case types.PhysU8:
		b.U8 = make([]uint8, 0, rows)
	case types.PhysU16:
		b.U16 = make([]uint16, 0, rows)
	case types.PhysU32:
		b.U32 = make([]uint32, 0, rows)
	case types.PhysU64:
		b.U64 = make([]uint64, 0, rows)
	case types.PhysI8:
		b.I8 = make([]int8, 0, rows)
	case types.PhysI16:
		b.I16 = make([]int16, 0, rows)
	case types.PhysI32:
		b.I32 = make([]int32, 0, rows)
	case types.PhysI64:
		b.I64 = make([]int64, 0, rows)
	case types.PhysI128:
		b.I128 = make([]types.Int128, 0, rows)
	case types.PhysB16:
		b.B16 = make([]types.Bytes16, 0, rows)
	case types.PhysF32:
		b.F32 = make([]float32, 0, rows)
	case types.PhysF64:
		b.F64 = make([]float64, 0, rows)
	case types.PhysStrings:
		b.Str.Offsets = make([]uint32, 1, rows+1)
	case types.PhysLists:
		b.Elems = []*Builder{NewBuilder(t.Elem(), rows)}
	case types.PhysTuple:
		for _, e := range t.Elems {
			b.Elems = append(b.Elems, NewBuilder(e, rows))
		}
	case types.PhysNone:
	}
	return b
}

// NotNull says that the value just appended is not NULL.
func (b *Builder) NotNull() {
	if b.Type.Nullable {
		b.nulls = append(b.nulls, false)
	}
}

// AppendNull adds a NULL; the type must be Nullable.
func (b *Builder) AppendNull() {
	if !b.Type.Nullable {
		panic("batch: NULL in a column of " + b.Type.String())
	}
	b.appendZero()
	b.nulls = append(b.nulls, true)
	b.hasNull = true
}

// AppendDefault adds the type's default: NULL for Nullable, else zero, the
// empty string, the empty array, or an enum's first value.
func (b *Builder) AppendDefault() {
	if b.Type.Nullable {
		b.AppendNull()
		return
	}
	b.appendZero()
}

func (b *Builder) appendZero() {
	switch b.Type.Phys() {
	case types.PhysU8:
		b.U8 = append(b.U8, 0)
	case types.PhysU16:
		b.U16 = append(b.U16, 0)
	case types.PhysU32:
		b.U32 = append(b.U32, 0)
	case types.PhysU64:
		b.U64 = append(b.U64, 0)
	case types.PhysI8:
		b.I8 = append(b.I8, int8(b.zeroEnum()))
	case types.PhysI16:
		b.I16 = append(b.I16, b.zeroEnum())
	case types.PhysI32:
		b.I32 = append(b.I32, 0)
	case types.PhysI64:
		b.I64 = append(b.I64, 0)
	case types.PhysI128:
		b.I128 = append(b.I128, types.Int128{})
	case types.PhysB16:
		b.B16 = append(b.B16, types.Bytes16{})
	case types.PhysF32:
		b.F32 = append(b.F32, 0)
	case types.PhysF64:
		b.F64 = append(b.F64, 0)
	case types.PhysStrings:
		b.Str.Bytes = append(b.Str.Bytes, make([]byte, b.Type.Width)...)
		b.Str.Offsets = append(b.Str.Offsets, uint32(len(b.Str.Bytes)))
	case types.PhysLists:
		b.EndList()
	case types.PhysTuple:
		for _, e := range b.Elems {
			e.AppendDefault()
		}
		b.count++
	case types.PhysNone:
		b.count++
	}
}

func (b *Builder) zeroEnum() int16 {
	if b.Type.Enum == nil {
		return 0
	}
	return b.Type.Enum.Default()
}

// EndList ends the array whose elements were appended to Elems[0].
func (b *Builder) EndList() { b.Ends = append(b.Ends, uint32(b.Elems[0].Len())) }

// EndTuple ends the tuple whose elements were appended to Elems.
func (b *Builder) EndTuple() { b.count++ }

// Len is the number of rows.
func (b *Builder) Len() int {
	switch b.Type.Phys() {
	case types.PhysU8:
		return len(b.U8)
	case types.PhysU16:
		return len(b.U16)
	case types.PhysU32:
		return len(b.U32)
	case types.PhysU64:
		return len(b.U64)
	case types.PhysI8:
		return len(b.I8)
	case types.PhysI16:
		return len(b.I16)
	case types.PhysI32:
		return len(b.I32)
	case types.PhysI64:
		return len(b.I64)
	case types.PhysI128:
		return len(b.I128)
	case types.PhysB16:
		return len(b.B16)
	case types.PhysF32:
		return len(b.F32)
	case types.PhysF64:
		return len(b.F64)
	case types.PhysStrings:
		return b.Str.Len()
	case types.PhysLists:
		return len(b.Ends)
	default:
		return b.count
	}
}

// Truncate drops rows from n on, also of a row that was begun and not ended:
// how a reader takes back a malformed row.
func (b *Builder) Truncate(n int) {
	b.U8, b.U16, b.U32, b.U64 = cut(b.U8, n), cut(b.U16, n), cut(b.U32, n), cut(b.U64, n)
	b.I8, b.I16, b.I32, b.I64 = cut(b.I8, n), cut(b.I16, n), cut(b.I32, n), cut(b.I64, n)
	b.I128, b.B16, b.F32, b.F64 = cut(b.I128, n), cut(b.B16, n), cut(b.F32, n), cut(b.F64, n)
	b.nulls = cut(b.nulls, n)
	switch b.Type.Phys() {
	case types.PhysStrings:
		b.Str.Offsets = cut(b.Str.Offsets, n+1)
		b.Str.Bytes = b.Str.Bytes[:b.Str.Offsets[len(b.Str.Offsets)-1]]
	case types.PhysLists:
		b.Ends = cut(b.Ends, n)
		end := 0
		if len(b.Ends) > 0 {
			end = int(b.Ends[len(b.Ends)-1])
		}
		b.Elems[0].Truncate(end)
	case types.PhysTuple:
		for _, e := range b.Elems {
			e.Truncate(n)
		}
		b.count = min(b.count, n)
	case types.PhysNone:
		b.count = min(b.count, n)
	default:
	}
}

func cut[T any](s []T, n int) []T { return s[:min(n, len(s))] }

// AppendRow adds row i of v, which must have the builder's physical form; its
// nullability may differ where no NULL meets a type that can't hold it.
func (b *Builder) AppendRow(v *Vector, i int) {
	if v.IsNull(i) {
		b.AppendNull()
		return
	}
	i = v.Row(i)
	switch d := v.Data.(type) {
	case []uint8:
		b.U8 = append(b.U8, d[i])
	case []uint16:
		b.U16 = append(b.U16, d[i])
	case []uint32:
		b.U32 = append(b.U32, d[i])
	case []uint64:
		b.U64 = append(b.U64, d[i])
	case []int8:
		b.I8 = append(b.I8, d[i])
	case []int16:
		b.I16 = append(b.I16, d[i])
	case []int32:
		b.I32 = append(b.I32, d[i])
	case []int64:
		b.I64 = append(b.I64, d[i])
	case []types.Int128:
		b.I128 = append(b.I128, d[i])
	case []types.Bytes16:
		b.B16 = append(b.B16, d[i])
	case []float32:
		b.F32 = append(b.F32, d[i])
	case []float64:
		b.F64 = append(b.F64, d[i])
	case Strings:
		b.Str.Append(d.At(i))
	case Symbols:
		b.Str.Append(d.At(i))
	case Lists:
		for e := d.Offsets[i]; e < d.Offsets[i+1]; e++ {
			b.Elems[0].AppendRow(d.Elems, int(e))
		}
		b.EndList()
	case []*Vector:
		for k, p := range d {
			b.Elems[k].AppendRow(p, i)
		}
		b.EndTuple()
	default:
		panic(fmt.Sprintf("batch: append of %T", v.Data))
	}
	b.NotNull()
}

// AppendVector adds all rows of v. States must be portable: a builder keeps no
// dictionaries of theirs.
func (b *Builder) AppendVector(v *Vector) {
	if v.Dicts != nil {
		panic("batch: local states for a builder")
	}
	for i := range v.Len {
		b.AppendRow(v, i)
	}
}

// Finish hands the column over; the builder must not be used afterwards.
func (b *Builder) Finish() *Vector {
	v := &Vector{Type: b.Type, Len: b.Len(), Data: b.data()}
	if b.hasNull {
		v.Nulls = b.nulls
	}
	return v
}

func (b *Builder) data() any {
	switch b.Type.Phys() {
	case types.PhysU8:
		return b.U8
	case types.PhysU16:
		return b.U16
	case types.PhysU32:
		return b.U32
	case types.PhysU64:
		return b.U64
	case types.PhysI8:
		return b.I8
	case types.PhysI16:
		return b.I16
	case types.PhysI32:
		return b.I32
	case types.PhysI64:
		return b.I64
	case types.PhysI128:
		return b.I128
	case types.PhysB16:
		return b.B16
	case types.PhysF32:
		return b.F32
	case types.PhysF64:
		return b.F64
	case types.PhysStrings:
		return b.Str
	case types.PhysLists:
		return Lists{Offsets: append([]uint32{0}, b.Ends...), Elems: b.Elems[0].Finish()}
	case types.PhysTuple:
		parts := make([]*Vector, len(b.Elems))
		for i, e := range b.Elems {
			parts[i] = e.Finish()
		}
		return parts
	default:
		return nil
	}
}
