package kernel

import "github.com/freshetdb/freshet/columnar/types"

// Convert sets dst[i] = D(src[i]): integers wrap around, floats are truncated.
func Convert[D, S Num](dst []D, src []S) {
	src = src[:len(dst)]
	for i := range dst {
		dst[i] = D(src[i])
	}
}

// ConvertTo is [Convert] of a number column to the Go slice of another physical
// form; data itself when it has that form.
func ConvertTo(to types.Phys, data any) any {
	switch d := data.(type) {
	case []uint8:
		if to == types.PhysU8 {
			return d
		}
		return convertFrom(to, d)
	case []uint16:
		if to == types.PhysU16 {
			return d
		}
		return convertFrom(to, d)
	case []uint32:
		if to == types.PhysU32 {
			return d
		}
		return convertFrom(to, d)
	case []uint64:
		if to == types.PhysU64 {
			return d
		}
		return convertFrom(to, d)
	case []int8:
		if to == types.PhysI8 {
			return d
		}
		return convertFrom(to, d)
	case []int16:
		if to == types.PhysI16 {
			return d
		}
		return convertFrom(to, d)
	case []int32:
		if to == types.PhysI32 {
			return d
		}
		return convertFrom(to, d)
	case []int64:
		if to == types.PhysI64 {
			return d
		}
		return convertFrom(to, d)
	case []float32:
		if to == types.PhysF32 {
			return d
		}
		return convertFrom(to, d)
	case []float64:
		if to == types.PhysF64 {
			return d
		}
		return convertFrom(to, d)
	default:
		panic("kernel: conversion of a column that holds no numbers")
	}
}

func convertFrom[S Num](to types.Phys, src []S) any {
	switch to {
	case types.PhysU8:
		return converted[uint8](src)
	case types.PhysU16:
		return converted[uint16](src)
	case types.PhysU32:
		return converted[uint32](src)
	case types.PhysU64:
		return converted[uint64](src)
	case types.PhysI8:
		return converted[int8](src)
	case types.PhysI16:
		return converted[int16](src)
	case types.PhysI32:
		return converted[int32](src)
	case types.PhysI64:
		return converted[int64](src)
	case types.PhysF32:
		return converted[float32](src)
	case types.PhysF64:
		return converted[float64](src)
	default:
		panic("kernel: conversion to a column that holds no numbers")
	}
}

func converted[D, S Num](src []S) []D {
	dst := make([]D, len(src))
	Convert(dst, src)
	return dst
}
