package sketch

import (
	"encoding/binary"
	"fmt"
	"math"
)

// The encoding of a Digest is a uvarint count of centroids and of each the mean
// and the weight as float64, little-endian, in rising order of the mean. Epsilon
// is not part of it: it belongs to the function.

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
	n, used := binary.Uvarint(src)
	if used <= 0 || n > centroidsMax || n > uint64(len(src)-used)/16 {
		return nil, nil, fmt.Errorf("%w: digest of %d centroids in %d bytes", ErrCorrupt, n, len(src))
	}
	src = src[used:]
	d = NewDigest(epsilon)
	d.centroids = make([]Centroid[F], n)
	for i := range d.centroids {
		mean := math.Float64frombits(binary.LittleEndian.Uint64(src))
		count := math.Float64frombits(binary.LittleEndian.Uint64(src[8:]))
		src = src[16:]
		isLess := i > 0 && F(mean) < d.centroids[i-1].Mean
		if math.IsNaN(mean) || !(count > 0) || math.IsInf(count, 0) || isLess {
			return nil, nil, fmt.Errorf("%w: centroid %d is %g × %g", ErrCorrupt, i, mean, count)
		}
		d.centroids[i] = Centroid[F]{F(mean), F(count)}
		d.count += F(count)
	}
	return d, src, nil
}
