class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Sums over the positions of a batch for a model that is compared with the most likely tokens of a teacher. Shapes: N
  # positions, C of a chunk, S rows of a buffer for all chunks, V vocabulary, D hidden size, K kept tokens. outputs_N:
  # hidden states [N, D] where weight_VD has one element, the output weight, and logits [N, V] where it is empty. Uses
  # kernels of evaluation.py.

  # kept_NK int64: the teacher's tokens, most likely first. teacher_log_p_NK: their log-probabilities; -inf where a
  # position has fewer than K. tail_N: probability of all other tokens. targets_N1 int64. chunk: positions of a chunk.
  # bins: number of bins of the calibration error.
  # Returns float64 [3 + 3 bins]: loss; KL divergence over the kept tokens and, as one outcome, all others; positions
  # with the teacher's most likely token; then for each bin its positions, for each its sum of confidences, for each its
  # correct positions.
  def compare_kept(self: __torch__.Kernels, outputs_N: Tensor, weight_VD: List[Tensor], kept_NK: Tensor,
      teacher_log_p_NK: Tensor, tail_N: Tensor, targets_N1: Tensor, chunk: int, bins: int) -> Tensor:
    rows = torch.size(outputs_N, 0)
    sums = torch.zeros([3], dtype=7, layout=None, device=outputs_N.device, pin_memory=False)
    counts = torch.zeros([bins], dtype=7, layout=None, device=outputs_N.device, pin_memory=False)
    confidences = torch.zeros_like(counts)
    corrects = torch.zeros_like(counts)
    if torch.gt(torch.len(weight_VD), 0):
      vocabulary = torch.size(weight_VD[0], 0)
    else:
      vocabulary = torch.size(outputs_N, 1)
    buffer = [ops.prim.min(chunk, rows), vocabulary]
    log_q_SV = torch.empty(buffer, dtype=6, layout=None, device=outputs_N.device, pin_memory=False)
    z_SV = torch.empty_like(log_q_SV)
    chunks = torch.floordiv(torch.sub(torch.add(rows, chunk), 1), chunk)
    for i in range(chunks):
      begin = torch.mul(i, chunk)
      end = torch.add(begin, chunk)
      target_C1 = torch.slice(targets_N1, 0, begin, end)
      outputs_C = torch.slice(outputs_N, 0, begin, end)
      if torch.gt(torch.len(weight_VD), 0):
        z_CV = torch.mm(outputs_C, torch.t(weight_VD[0]), out=torch.slice(z_SV, 0, 0, torch.size(outputs_C, 0)))
      else:
        z_CV = outputs_C
      log_q_CV = torch._log_softmax(z_CV, -1, False, out=torch.slice(log_q_SV, 0, 0, torch.size(z_CV, 0)))
      best_C = (self).most_likely(z_CV, )
      loss = (self).measure(log_q_CV, best_C, target_C1, bins, counts, confidences, corrects, )
      kept_CK = torch.slice(kept_NK, 0, begin, end)
      agree = torch.sum(torch.eq(best_C, torch.select(kept_CK, 1, 0)), dtype=7)
      log_p_CK = torch.to(torch.slice(teacher_log_p_NK, 0, begin, end), 7)
      p_CK = torch.exp(log_p_CK)
      log_q_CK = torch.to(torch.gather(log_q_CV, 1, kept_CK), 7)
      q_CK = torch.where(torch.gt(p_CK, 0.), torch.exp(log_q_CK), torch.zeros_like(p_CK))
      terms_CK = torch.where(torch.gt(p_CK, 0.), torch.mul(p_CK, torch.sub(log_p_CK, log_q_CK)), torch.zeros_like(p_CK))
      tail_C = torch.to(torch.slice(tail_N, 0, begin, end), 7)
      # Rounding may leave the model no probability outside the kept tokens.
      rest_C = torch.clamp(torch.rsub(torch.sum(q_CK, [1], False), 1), 9.9999999999999995e-08, 1.)
      tail_terms_C = torch.where(torch.gt(tail_C, 0.), torch.mul(tail_C, torch.sub(torch.log(tail_C), torch.log(rest_C))), torch.zeros_like(tail_C))
      divergence = torch.add(torch.sum(terms_CK), torch.sum(tail_terms_C))
      torch.add_(sums, torch.stack([loss, divergence, agree]))
    return torch.cat([sums, counts, confidences, corrects])
