// Package kernel has the loops over slices that expressions and aggregates are
// made of: arithmetic, conversion, comparison, three-valued logic, selection and
// date truncation.
//
// A loop knows slices of plain Go types and nothing of types, vectors or NULL
// rules. Which loop runs is chosen once per batch. The operands of a loop are
// as long as its destination, or have one element that stands for all rows.
package kernel

// Int is the element types of integer columns.
type Int interface {
	uint8 | uint16 | uint32 | uint64 | int8 | int16 | int32 | int64
}

// Float is the element types of floating-point columns.
type Float interface{ float32 | float64 }

// Num is the element types of number columns.
type Num interface{ Int | Float }
