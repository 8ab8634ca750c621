package expr

import (
	"encoding/binary"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// reinterpretFunctions read the bytes of values as values of another type, least
// significant byte first.
func reinterpretFunctions() []*function {
	var out []*function
	kinds := []types.Kind{
		types.Int8, types.Int16, types.Int32, types.Int64, types.UInt8, types.UInt16, types.UInt32, types.UInt64,
		types.Float32, types.Float64, types.Date, types.DateTime, types.UUID, types.String,
	}
	for _, k := range kinds {
		name := "reinterpretAs" + k.String()
		out = append(out, &function{
			Info: Info{Name: name, Syntax: name + "(x)", Description: "Reads the bytes of x as " + k.String() + ".", Returns: k.String(), Category: "Type conversion", Example: name + "('abcd')"},
			min:  1, max: 1, bind: func(s *site) (bound, error) { return bindReinterpret(s, types.Of(k)) },
		})
	}
	return out
}

func bindReinterpret(s *site, to types.Type) (bound, error) {
	from := s.types[0]
	if from.Kind == types.Array || from.Kind == types.Tuple || from.Kind == types.Nothing {
		return bound{}, s.illegal(0)
	}
	return bound{ret: to, run: func(r *run, args []*batch.Vector) (*batch.Vector, error) {
		in := littleEndian(args[0])
		if to.Kind == types.String {
			return buildText(r, func(dst []byte, i int) []byte {
				b := in(i)
				if from.Kind != types.String {
					b = trimmed(b)
				}
				return append(dst, b...)
			})
		}
		b := batch.NewBuilder(to, r.n)
		for i := range r.n {
			var raw [16]byte
			copy(raw[:], in(i))
			appendRaw(b, raw)
		}
		return b.Finish(), nil
	}}, nil
}

// littleEndian gives the bytes of values as they lie in memory.
func littleEndian(v *batch.Vector) func(i int) []byte {
	switch d := v.Data.(type) {
	case batch.Strings:
		return d.At
	case []float32:
		return func(i int) []byte { return binary.LittleEndian.AppendUint32(nil, math.Float32bits(d[i])) }
	case []float64:
		return func(i int) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(d[i])) }
	case []types.Int128:
		return func(i int) []byte {
			return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, d[i].Lo), uint64(d[i].Hi))
		}
	case []types.Bytes16:
		return func(i int) []byte {
			b := d[i]
			if v.Type.Kind == types.UUID {
				b = swappedUUID(b)
			}
			return b[:]
		}
	}
	in, size := asUint(v), v.Type.Size()
	return func(i int) []byte { return binary.LittleEndian.AppendUint64(nil, in[i])[:size] }
}

// swappedUUID turns each half over: how ClickHouse keeps a UUID in memory.
func swappedUUID(b types.Bytes16) types.Bytes16 {
	var out types.Bytes16
	for i := range 8 {
		out[i], out[8+i] = b[7-i], b[15-i]
	}
	return out
}

func appendRaw(b *batch.Builder, raw [16]byte) {
	u := binary.LittleEndian.Uint64(raw[:])
	switch b.Type.Phys() {
	case types.PhysU8:
		b.U8 = append(b.U8, uint8(u))
	case types.PhysU16:
		b.U16 = append(b.U16, uint16(u))
	case types.PhysU32:
		b.U32 = append(b.U32, uint32(u))
	case types.PhysU64:
		b.U64 = append(b.U64, u)
	case types.PhysI8:
		b.I8 = append(b.I8, int8(u))
	case types.PhysI16:
		b.I16 = append(b.I16, int16(u))
	case types.PhysI32:
		b.I32 = append(b.I32, int32(u))
	case types.PhysI64:
		b.I64 = append(b.I64, int64(u))
	case types.PhysF32:
		b.F32 = append(b.F32, math.Float32frombits(uint32(u)))
	case types.PhysF64:
		b.F64 = append(b.F64, math.Float64frombits(u))
	default:
		b.B16 = append(b.B16, swappedUUID(raw))
	}
}

// emptyArrayFunctions are emptyArrayUInt8 and its kin.
func emptyArrayFunctions() []*function {
	var out []*function
	kinds := []types.Kind{
		types.Int8, types.Int16, types.Int32, types.Int64, types.UInt8, types.UInt16, types.UInt32, types.UInt64,
		types.Float32, types.Float64, types.Date, types.DateTime, types.String,
	}
	for _, k := range kinds {
		name := "emptyArray" + k.String()
		t := types.ArrayOf(types.Of(k))
		out = append(out, &function{
			Info: Info{Name: name, Syntax: name + "()", Description: "Is an empty array.", Returns: t.String(), Category: "Arrays", Example: name + "()"},
			bind: func(*site) (bound, error) {
				return bound{ret: t, run: func(r *run, _ []*batch.Vector) (*batch.Vector, error) {
					return vec(batch.Lists{Offsets: make([]uint32, r.n+1), Elems: emptyVector(t.Elem())}), nil
				}}, nil
			},
		})
	}
	return out
}
