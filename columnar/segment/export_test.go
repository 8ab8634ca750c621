package segment

// WithBatchBytes makes batches end at fewer bytes than batchBytesMax.
func WithBatchBytes(o Options, n int) Options {
	o.batchBytes = n
	return o
}
