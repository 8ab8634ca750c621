// Package batch holds columns of values in memory: what sources produce, the
// log carries, memtables keep, expressions compute and formats print.
//
// A [Vector] is one column. Its Data is a plain Go slice chosen by the physical
// form of its type, so that loops over it are loops over slices:
//
//	PhysU8 []uint8   PhysU16 []uint16  PhysU32 []uint32  PhysU64 []uint64
//	PhysI8 []int8    PhysI16 []int16   PhysI32 []int32   PhysI64 []int64
//	PhysI128 []types.Int128            PhysB16 []types.Bytes16
//	PhysF32 []float32 PhysF64 []float64
//	PhysStrings Strings or Symbols     PhysLists Lists   PhysTuple []*Vector
//	PhysNone nil
//
// Vectors are immutable once they are handed on: whoever builds one may share
// its slices freely, whoever receives one must not write to them. Rows are
// appended through a [Builder].
package batch
