"""What lets somebody outside hold the record to what it once said: proofs, copies, comparisons."""
