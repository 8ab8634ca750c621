package sketch

import (
	"encoding/binary"
	"fmt"
	"math"
)

// The encoding of a Digest is a uvarint count of centroids and of each the mean
// and the weight as float64, little-endian, in rising order of the mean. Epsilon
// is not part of it: it belongs to the function. The weight of values that differ is
// negative in a digest of [NewCountingDigest].

// AppendBinary appends the encoding. It compresses first.
func (d *Digest[F]) AppendBinary(dst []byte) []byte {
	d.compress()
	dst = binary.AppendUvarint(dst, uint64(len(d.centroids)))
	for _, c := range d.centroids {
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(float64(c.Mean)))
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(float64(c.Count)))
	}
	return dst
}

// DecodeDigest reads a digest from the begin of src and returns what follows it.
func DecodeDigest[F Float](src []byte, epsilon F) (d *Digest[F], rest []byte, err error) {
	d = NewDigest(epsilon)
	rest, err = d.decode(src)
	return d, rest, err
}

// DecodeCountingDigest is [DecodeDigest] of one of [NewCountingDigest].
func DecodeCountingDigest(src []byte, epsilon float64) (d *Digest[float64], rest []byte, err error) {
	d = NewCountingDigest(epsilon, nil)
	rest, err = d.decode(src)
	return d, rest, err
}

// DecodeOldDigest is [DecodeCountingDigest] of a state that does not tell which centroids
// are of values that differ, made with epsilon was.
func DecodeOldDigest(src []byte, was, epsilon float64) (d *Digest[float64], rest []byte, err error) {
	d = NewDigest(was)
	if rest, err = d.decode(src); err == nil {
		d.tellOld()
		d.epsilon = epsilon
	}
	return d, rest, err
}

// tellOld marks the centroids of an old state. One that weighs more than values may that
// are joined is of one value, since what may be joined never gets less; of others nobody
// knows.
func (d *Digest[F]) tellOld() {
	d.tells = true
	before := F(0)
	for i, c := range d.centroids {
		q := (before + c.Count*0.5) / d.count
		before += c.Count
		if c.Count > 1 && c.Count <= d.count*d.epsilon*4*q*(1-q) {
			d.centroids[i].Count = -c.Count
		}
	}
}

func (d *Digest[F]) decode(src []byte) (rest []byte, err error) {
	n, used := binary.Uvarint(src)
	if used <= 0 || n > centroidsMax || n > uint64(len(src)-used)/16 {
		return nil, fmt.Errorf("%w: digest of %d centroids in %d bytes", ErrCorrupt, n, len(src))
	}
	src = src[used:]
	d.centroids = make([]Centroid[F], n)
	for i := range d.centroids {
		mean := math.Float64frombits(binary.LittleEndian.Uint64(src))
		count := math.Float64frombits(binary.LittleEndian.Uint64(src[8:]))
		src = src[16:]
		isLess := i > 0 && F(mean) < d.centroids[i-1].Mean
		c := Centroid[F]{F(mean), F(count)}
		if math.IsNaN(mean) || math.IsNaN(count) || c.Count == 0 || count < 0 && !d.tells || math.IsInf(count, 0) || isLess {
			return nil, fmt.Errorf("%w: centroid %d is %g × %g", ErrCorrupt, i, mean, count)
		}
		d.centroids[i] = c
		d.count += c.weight()
	}
	return src, nil
}
