class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def compare(self: __torch__.Kernels, hidden_ND: Tensor, weight_VD: Tensor, teacher_hidden_NE: Tensor,
      teacher_weight_VE: Tensor, targets_N1: Tensor, chunk: int, bins: int) -> Tensor:
    rows = torch.size(hidden_ND, 0)
    sums = torch.zeros([3], dtype=7, layout=None, device=hidden_ND.device, pin_memory=False)
    counts = torch.zeros([bins], dtype=7, layout=None, device=hidden_ND.device, pin_memory=False)
    confidences = torch.zeros_like(counts)
    corrects = torch.zeros_like(counts)
    chunks = torch.floordiv(torch.sub(torch.add(rows, chunk), 1), chunk)
    for i in range(chunks):
      begin = torch.mul(i, chunk)
      end = torch.add(begin, chunk)
      target_C1 = torch.slice(targets_N1, 0, begin, end)
      z_CV = torch.mm(torch.slice(hidden_ND, 0, begin, end), torch.t(weight_VD))
      teacher_z_CV = torch.mm(torch.slice(teacher_hidden_NE, 0, begin, end), torch.t(teacher_weight_VE))
      log_p_CV = torch.log_softmax(z_CV, -1)
      teacher_log_p_CV = torch.log_softmax(teacher_z_CV, -1)
      best_C = torch.argmax(z_CV, 1)
      loss = torch.neg(torch.sum(torch.gather(log_p_CV, 1, target_C1), dtype=7))
      agree = torch.sum(torch.eq(best_C, torch.argmax(teacher_z_CV, 1)), dtype=7)
      confidence_C = torch.to(torch.exp(torch.amax(log_p_CV, [1], False)), 7)
      correct_C = torch.to(torch.eq(best_C, torch.squeeze(target_C1, 1)), 7)
      # Bin m holds the confidences in (m / bins, (m + 1) / bins].
      bin_C = torch.to(torch.clamp(torch.sub(torch.ceil(torch.mul(confidence_C, bins)), 1), 0, torch.sub(bins, 1)), 4)
      torch.index_add_(counts, 0, bin_C, torch.ones_like(confidence_C))
      torch.index_add_(confidences, 0, bin_C, confidence_C)
      torch.index_add_(corrects, 0, bin_C, correct_C)
      difference_CV = torch.sub(teacher_log_p_CV, log_p_CV)
      divergence = torch.sum(torch.mul_(torch.exp_(teacher_log_p_CV), difference_CV), dtype=7)
      torch.add_(sums, torch.stack([loss, divergence, agree]))
    return torch.cat([sums, counts, confidences, corrects])
