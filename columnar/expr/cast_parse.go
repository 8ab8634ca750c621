package expr

import (
	"errors"

	"github.com/freshetdb/freshet/columnar/batch"
	"github.com/freshetdb/freshet/columnar/kernel"
	"github.com/freshetdb/freshet/columnar/types"
)

// parse converts strings to values of the type.
func (s *castSite) parse() (convert, error) {
	precision, scale := int(s.to.Precision), int(s.to.Scale)
	times := s.timeReader()
	switch s.to.Kind {
	case types.Bool:
		return parsed(s, func(b []byte) (uint8, error) {
			v, err := types.ParseBool(b)
			if v {
				return 1, err
			}
			return 0, err
		}), nil
	case types.Float32:
		return parsed(s, types.ParseFloat32), nil
	case types.Float64:
		return parsed(s, types.ParseFloat64), nil
	case types.Decimal:
		if s.to.Phys() == types.PhysI64 {
			return parsed(s, func(b []byte) (int64, error) { return types.ParseDecimal64(b, precision, scale) }), nil
		}
		return parsed(s, func(b []byte) (types.Int128, error) { return types.ParseDecimal128(b, precision, scale) }), nil
	case types.Date:
		return parsed(s, types.ParseDate), nil
	case types.Date32:
		return parsed(s, types.ParseDate32), nil
	case types.DateTime:
		return parsed(s, times.DateTime), nil
	case types.DateTime64:
		return parsed(s, func(b []byte) (int64, error) {
			if s.rules.basicTimes && !s.rules.accurate && scale == 0 { // OrNull, OrZero
				v, err := times.DateTime(b)
				return int64(v), err
			}
			return times.DateTime64(b, scale)
		}), nil
	case types.Enum8:
		e := s.to.Enum
		return parsed(s, func(b []byte) (int8, error) {
			v, err := types.ParseEnum(b, e)
			return int8(v), err
		}), nil
	case types.Enum16:
		e := s.to.Enum
		return parsed(s, func(b []byte) (int16, error) { return types.ParseEnum(b, e) }), nil
	case types.UUID:
		return parsed(s, types.ParseUUID), nil
	case types.IPv4:
		return parsed(s, types.ParseIPv4), nil
	case types.IPv6:
		return parsed(s, types.ParseIPv6), nil
	case types.Array, types.Tuple:
		return s.parseNested()
	default:
		return s.parseInteger()
	}
}

// timeReader reads times in the type's zone.
func (s *castSite) timeReader() *types.TimeReader {
	return &types.TimeReader{Zone: s.ctx.zoneOf(s.to), Now: s.ctx.Now.Unix(), Basic: s.ctx.BasicTimeInput || s.rules.basicTimes}
}

func (s *castSite) parseInteger() (convert, error) {
	switch s.to.Kind {
	case types.Int8:
		return parsedInt[int8](s), nil
	case types.Int16:
		return parsedInt[int16](s), nil
	case types.Int32:
		return parsedInt[int32](s), nil
	case types.Int64, types.Interval:
		return parsedInt[int64](s), nil
	case types.UInt8:
		return parsedUint[uint8](s), nil
	case types.UInt16:
		return parsedUint[uint16](s), nil
	case types.UInt32:
		return parsedUint[uint32](s), nil
	case types.UInt64:
		return parsedUint[uint64](s), nil
	default:
		return nil, s.impossible()
	}
}

func parsedInt[T kernel.Int](s *castSite) convert {
	size := s.to.Size() * 8
	return parsed(s, func(b []byte) (T, error) {
		v, err := types.ParseInt(b, size)
		return T(v), s.wrapped(err)
	})
}

func parsedUint[T kernel.Int](s *castSite) convert {
	size := s.to.Size() * 8
	return parsed(s, func(b []byte) (T, error) {
		v, err := types.ParseUint(b, size)
		return T(v), s.wrapped(err)
	})
}

// wrapped forgives a number out of range unless the rules check ranges.
func (s *castSite) wrapped(err error) error {
	if errors.Is(err, types.FaultRange) && !s.rules.accurate && s.rules.fault == faultThrows {
		return nil
	}
	return err
}

// parsed reads every string by parse.
//
//go:noinline
func parsed[T any](s *castSite, parse func([]byte) (T, error)) convert {
	fixed := s.from.Kind == types.FixedString
	return func(r *run, v *batch.Vector) (*batch.Vector, error) {
		in := v.Strings()
		out := make([]T, r.n)
		f := &faults{r: r, rules: s.rules}
		var zero T
		for i := range out {
			b := in.At(i)
			if fixed {
				b = trimmed(b)
			}
			x, err := parse(b)
			if err != nil {
				if err := s.badText(f, i, b, err); err != nil {
					return nil, err
				}
				if s.to.Kind != types.Date32 || s.rules.fault != faultDefault { // whose default is not its zero
					x = zero
				}
			}
			out[i] = x
		}
		return f.vec(out), nil
	}
}

// badText records that the text in row i can't be read.
func (s *castSite) badText(f *faults, i int, b []byte, err error) error {
	return f.at(i, func() error { return types.TextError(err, b, s.to) })
}
