class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def compare(self: __torch__.Kernels, hidden_ND: Tensor, weight_VD: Tensor, teacher_hidden_NE: Tensor,
      teacher_weight_VE: Tensor, targets_N1: Tensor, chunk: int) -> Tensor:
    rows = torch.size(hidden_ND, 0)
    sums = torch.zeros([3], dtype=7, layout=None, device=hidden_ND.device, pin_memory=False)
    chunks = torch.floordiv(torch.sub(torch.add(rows, chunk), 1), chunk)
    for i in range(chunks):
      begin = torch.mul(i, chunk)
      end = torch.add(begin, chunk)
      target_C1 = torch.slice(targets_N1, 0, begin, end)
      z_CV = torch.mm(torch.slice(hidden_ND, 0, begin, end), torch.t(weight_VD))
      teacher_z_CV = torch.mm(torch.slice(teacher_hidden_NE, 0, begin, end), torch.t(teacher_weight_VE))
      log_p_CV = torch.log_softmax(z_CV, -1)
      teacher_log_p_CV = torch.log_softmax(teacher_z_CV, -1)
      loss = torch.neg(torch.sum(torch.gather(log_p_CV, 1, target_C1), dtype=7))
      agree = torch.sum(torch.eq(torch.argmax(z_CV, 1), torch.argmax(teacher_z_CV, 1)), dtype=7)
      difference_CV = torch.sub(teacher_log_p_CV, log_p_CV)
      divergence = torch.sum(torch.mul_(torch.exp_(teacher_log_p_CV), difference_CV), dtype=7)
      torch.add_(sums, torch.stack([loss, divergence, agree]))
    return sums
