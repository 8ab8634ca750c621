package agg

import (
	"errors"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/types"
)

// EncodingVersion is the version of what [States.Encode] writes. Containers of
// states (segments, messages between shards) store it and refuse others.
const EncodingVersion = 1

// Class says what the answer of a function depends on (rule R17).
type Class uint8

const (
	// ClassA is a function of the set of rows: bit-equal however states are merged.
	ClassA Class = iota
	// Rounding sums floating point: the last digits depend on the order.
	Rounding
	// ClassB depends on the order of rows, or is a sketch that does.
	ClassB
)

// String is the name of the class.
func (c Class) String() string { return [...]string{"A", "rounding", "B"}[c] }

// Form is the form of an encoded state.
type Form uint8

const (
	// Local holds symbols: it is read with the dictionary of the same shard (see [States.Bind]).
	Local Form = iota
	// Portable holds values or their 128-bit hashes and means the same everywhere.
	Portable
)

// ErrNoRetract is returned by Retract of states that can't take rows back: they
// must be rebuilt from detail.
var ErrNoRetract = errors.New("aggregate state can't take rows back")

// ErrCorrupt marks bytes that are no encoded state.
var ErrCorrupt = errors.New("corrupt aggregate state")

// Func is an aggregate function bound to the types of its arguments.
type Func struct {
	name   string
	params []*batch.Vector
	args   []types.Type
	core
}

// core is a function without its name: what the builders of the catalogue and
// of the combinators make.
type core struct {
	result  types.Type
	class   Class
	retract bool
	// empty is set for functions whose answer over no rows is a value also when
	// arguments are Nullable (count, uniq): the result does not become Nullable.
	empty bool
	// skipsZero is set when a row of default values changes nothing (sum), so
	// that NULLs, which are stored as defaults, need not be filtered out.
	skipsZero bool
	// chains is set when a state is little, does not depend on the order of rows, and
	// merging goes through the groups in order, so that it may be done in place; see Chain.
	chains bool
	// make makes states; signed ones will see Retract.
	make func(signed bool) States
}

// Name is the function's name as the user wrote it.
func (f Func) Name() string { return f.name }

// Params are the constants of the first pair of parentheses, as in quantile(0.9)(x).
func (f Func) Params() []*batch.Vector { return f.params }

// Args are the types of the arguments.
func (f Func) Args() []types.Type { return f.args }

// Result is the type of the finished value.
func (f Func) Result() types.Type { return f.result }

// Class says what the answer depends on.
func (f Func) Class() Class { return f.class }

// CanRetract tells whether the states of NewSigned take rows back. Those that
// can't (min, quantile, float sums, …) are rebuilt from detail instead.
func (f Func) CanRetract() bool { return f.retract }

// Chains tells whether [Chain] can be used for the function's states.
func (f Func) Chains() bool { return f.chains }

// Chain makes each of the groups 1 … n hold the rows of the groups before it as well. These
// are all groups there are; group 0 can't be used any more.
func Chain(s States, n int) error {
	to := make([]uint32, n+1)
	for g := range n {
		to[g] = uint32(g + 1)
	}
	return s.Merge(s, to)
}

// New makes states for rows that are only added.
func (f Func) New() States { return &entry{inner: f.make(false), args: f.args} }

// NewSigned makes states for a changing table, whose rows may be taken back,
// also before they came. They cost more than those of New where sets must be
// counted (uniqExact), and encode to a form of their own; a signed and a plain
// state must not be merged.
func (f Func) NewSigned() States { return &entry{inner: f.make(true), args: f.args} }

// States holds the states of groups 0 … n-1 of one function. Vectors of
// arguments may be Const, Nullable (rows with a NULL are skipped) and, for
// strings, Symbols or Strings; vectors longer than n are used up to n. States
// keep no reference to vectors but may keep a Dictionary.
//
// Panics only on misuse: a group that does not exist, another number or type of
// arguments than the function has, states of another function to merge.
type States interface {
	// Grow makes groups 0 … n-1 exist; new ones are empty. It never shrinks.
	Grow(n int)
	// Add adds rows 0 … n-1: row i to groups[i].
	Add(groups []uint32, args []*batch.Vector, n int)
	// AddAll adds rows 0 … n-1 to one group.
	AddAll(group uint32, args []*batch.Vector, n int)
	// Retract takes back rows that were added or will be; ErrNoRetract and no
	// change where that can't be done.
	Retract(groups []uint32, args []*batch.Vector, n int) error
	// Merge merges the state of each group g of src into group to[g]. src must
	// come from the same Func and must not be used afterwards.
	Merge(src States, to []uint32) error
	// Encode appends the state of a group. The length is not part of it, but
	// Decode finds its end.
	Encode(dst []byte, group uint32, form Form) []byte
	// Decode reads a state into a group that is still empty and returns what
	// follows in src. It keeps no reference to src. After an error, which wraps
	// ErrCorrupt, the States must not be used any more.
	Decode(src []byte, group uint32, form Form) (rest []byte, err error)
	// Bind tells the dictionaries of the arguments (nil where an argument has
	// none) to states that are to decode the Local form before they see a vector.
	Bind(dicts []batch.Dictionary)
	// Dictionaries are those whose symbols the states hold and write in the Local form,
	// by argument, nil where an argument has none; nil when none has. States that are
	// bound to them read it. They change as rows of other dictionaries come.
	Dictionaries() []batch.Dictionary
	// Portable turns symbols into values or hashes, in place: needed before
	// states of different shards are merged.
	Portable() error
	// Finish makes the values of groups [lo, hi). States stay usable.
	Finish(lo, hi int) *batch.Vector
	// SizeBytes is about the memory that the states hold. It costs little: no
	// walk over groups.
	SizeBytes() int64
}

// checker is states that can tell that their value does not fit its type.
type checker interface {
	check(lo, hi int) error
}

// Check tells of a user error that Finish can't: a value among groups [lo, hi) that
// does not fit the result type (a sum of Decimals beyond 38 digits, which Finish
// wraps), or rows whose arrays were not equally long (-Array, sumMap).
func Check(s States, lo, hi int) error {
	if c, ok := s.(checker); ok {
		return c.check(lo, hi)
	}
	return nil
}

// settler is states that have large values whose last form can be made in parts.
type settler interface {
	settle(lo, hi int, sideBySide func(n int, f func(i int) error) error) error
}

// Settle does beforehand what Finish would do with large states among groups [lo, hi):
// sideBySide calls f(0) … f(n-1), at once if it likes, and gives the first error.
func Settle(s States, lo, hi int, sideBySide func(n int, f func(i int) error) error) error {
	if x, ok := s.(settler); ok {
		return x.settle(lo, hi, sideBySide)
	}
	return nil
}

// plain is embedded by states that hold no symbols.
type plain struct{}

func (plain) Bind([]batch.Dictionary)          {}
func (plain) Dictionaries() []batch.Dictionary { return nil }
func (plain) Portable() error                  { return nil }

// dictionaries is what States.Dictionaries gives for these.
func dictionaries(dicts ...batch.Dictionary) []batch.Dictionary {
	for _, d := range dicts {
		if d != nil {
			return dicts
		}
	}
	return nil
}

// BindLike binds dst to the dictionaries by which src writes the Local form.
func BindLike(dst, src States) {
	if dicts := src.Dictionaries(); dicts != nil {
		dst.Bind(dicts)
	}
}

// rebuilt is embedded by states that can't take rows back.
type rebuilt struct{}

func (rebuilt) Retract([]uint32, []*batch.Vector, int) error { return ErrNoRetract }
