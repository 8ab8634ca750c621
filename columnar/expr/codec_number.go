package expr

import (
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// number reads a value of fixed width as appendKey wrote it.
func (r *decoder) number(b *batch.Builder, t types.Type) {
	switch t.Phys() {
	case types.PhysU8:
		b.U8 = append(b.U8, uint8(r.bits()))
	case types.PhysU16:
		b.U16 = append(b.U16, uint16(r.bits()))
	case types.PhysU32:
		b.U32 = append(b.U32, uint32(r.bits()))
	case types.PhysU64:
		b.U64 = append(b.U64, r.bits())
	case types.PhysI8:
		b.I8 = append(b.I8, int8(r.bits()))
	case types.PhysI16:
		b.I16 = append(b.I16, int16(r.bits()))
	case types.PhysI32:
		b.I32 = append(b.I32, int32(r.bits()))
	case types.PhysI64:
		b.I64 = append(b.I64, int64(r.bits()))
	case types.PhysF32:
		b.F32 = append(b.F32, math.Float32frombits(uint32(r.bits())))
	case types.PhysF64:
		b.F64 = append(b.F64, math.Float64frombits(r.bits()))
	case types.PhysI128:
		lo := r.bits()
		b.I128 = append(b.I128, types.Int128{Lo: lo, Hi: int64(r.bits())})
	case types.PhysB16:
		var v types.Bytes16
		if len(r.b) < len(v) {
			r.fail(errTruncated)
			return
		}
		copy(v[:], r.b)
		r.b = r.b[len(v):]
		b.B16 = append(b.B16, v)
	default:
		r.fail(errTruncated)
	}
}
