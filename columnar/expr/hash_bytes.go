package expr

import (
	"encoding/binary"
	"math"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// appendMemory appends the bytes that a value has in memory.
func appendMemory(dst []byte, v *batch.Vector, i int) []byte {
	i = v.Row(i)
	switch d := v.Data.(type) {
	case batch.Strings:
		return append(dst, d.At(i)...)
	case []uint8:
		return append(dst, d[i])
	case []int8:
		return append(dst, byte(d[i]))
	case []uint16:
		return binary.LittleEndian.AppendUint16(dst, d[i])
	case []int16:
		return binary.LittleEndian.AppendUint16(dst, uint16(d[i]))
	case []uint32:
		return binary.LittleEndian.AppendUint32(dst, d[i])
	case []int32:
		return binary.LittleEndian.AppendUint32(dst, uint32(d[i]))
	case []float32:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(d[i]))
	case []uint64:
		return binary.LittleEndian.AppendUint64(dst, d[i])
	case []int64:
		if v.Type.Kind == types.Decimal && v.Type.Size() == 4 {
			return binary.LittleEndian.AppendUint32(dst, uint32(d[i]))
		}
		return binary.LittleEndian.AppendUint64(dst, uint64(d[i]))
	case []float64:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(d[i]))
	case []types.Int128:
		dst = binary.LittleEndian.AppendUint64(dst, d[i].Lo)
		return binary.LittleEndian.AppendUint64(dst, uint64(d[i].Hi))
	case []types.Bytes16:
		return append(dst, d[i][:]...)
	default:
		return dst
	}
}
