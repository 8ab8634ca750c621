package segment

import "github.com/freshetdb/freshet/columnar/types"

// form is how the values of a column, or of an array's elements, are stored.
// The numbers are part of the index's format.
type form uint8

const (
	formConst  form = iota + 1 // no buffer: every row is Base
	formNull                   // no buffer: every row is NULL
	formOffset                 // unsigned integers of Width bytes; value = Base + stored
	formRaw                    // the values of the physical form
	formCodes                  // symbols of Width bytes; with Overlay, text beside them
	formText                   // offsets and bytes
	formFixed                  // Width bytes a value
	formList                   // offsets; the elements in Elem
	formEnd
)

var formNames = [formEnd]string{
	formConst: "const", formNull: "null", formOffset: "offset", formRaw: "raw", formCodes: "codes",
	formText: "text", formFixed: "fixed", formList: "list",
}

// node is the stored form of a column or of an array's elements.
type node struct {
	Type     types.Type
	Form     form
	Width    int
	Base     uint64 // of integers in two's complement; the code of a const of symbols
	Nullable bool   // some row is NULL: there is a validity buffer
	Overlay  bool   // formCodes: some row is text, whose code is all ones
	Binary   bool   // some text is not UTF-8
	Symbols  bool   // formConst: Base is a code
	Elem     *node

	// Places in a batch's tables, set by place.
	slot int // of lengths
	buf  int // of the first buffer
}

// buffers is how many buffers the node has, those of Elem left out: validity if
// Nullable, then
//
//	offset, raw, fixed  values
//	codes               codes; with Overlay: offsets, bytes
//	text                offsets, bytes
//	list                offsets
func (n *node) buffers() int {
	k := 0
	if n.Nullable {
		k++
	}
	switch n.Form {
	case formOffset, formRaw, formFixed, formList:
		return k + 1
	case formText:
		return k + 2
	case formCodes:
		if n.Overlay {
			return k + 3
		}
		return k + 1
	default:
		return k
	}
}

// values is the place of the node's first buffer after validity.
func (n *node) values() int {
	if n.Nullable {
		return n.buf + 1
	}
	return n.buf
}

// place numbers the slots and buffers of the node and those below it.
func (n *node) place(slot, buf int) (nextSlot, nextBuf int) {
	n.slot, n.buf = slot, buf
	slot, buf = slot+1, buf+n.buffers()
	if n.Elem != nil {
		return n.Elem.place(slot, buf)
	}
	return slot, buf
}

// overlayCode is the stored code of a text without symbol.
func (n *node) overlayCode() uint32 { return uint32(1<<(8*n.Width) - 1) }

// end is the place behind the last buffer of the node and those below it.
func (n *node) end() int {
	if n.Elem != nil {
		return n.Elem.end()
	}
	return n.buf + n.buffers()
}
