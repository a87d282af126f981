class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def distill(self: __torch__.Kernels, hidden_ND: Tensor, weight_VD: Tensor, targets_N1: Tensor,
      support_NK: Tensor, q_NK: Tensor, alpha: float, scale: float, chunk: int,
      weight_gradient_VD: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    rows = torch.size(hidden_ND, 0)
    hidden_gradient_ND = torch.empty_like(hidden_ND)
    lm = torch.zeros([], dtype=7, layout=None, device=hidden_ND.device, pin_memory=False)
    kd = torch.zeros([], dtype=7, layout=None, device=hidden_ND.device, pin_memory=False)
    chunks = torch.floordiv(torch.sub(torch.add(rows, chunk), 1), chunk)
    for i in range(chunks):
      begin = torch.mul(i, chunk)
      end = torch.add(begin, chunk)
      h_CD = torch.slice(hidden_ND, 0, begin, end)
      target_C1 = torch.slice(targets_N1, 0, begin, end)
      support_CK = torch.slice(support_NK, 0, begin, end)
      q_CK = torch.slice(q_NK, 0, begin, end)
      z_CV = torch.mm(h_CD, torch.t(weight_VD))
      p_CV = torch.softmax(z_CV, -1)
      log_sum_C1 = torch.sub(torch.amax(z_CV, [1], True), torch.log(torch.amax(p_CV, [1], True)))
      lm_C1 = torch.sub(log_sum_C1, torch.gather(z_CV, 1, target_C1))
      log_p_CK = torch.sub(torch.gather(z_CV, 1, support_CK), log_sum_C1)
      torch.add_(lm, torch.sum(lm_C1, dtype=7))
      torch.sub_(kd, torch.sum(torch.mul(q_CK, log_p_CK), dtype=7))
      if torch.gt(alpha, 0.):
        mass_C1 = torch.add(torch.mul(torch.sum(q_CK, [1], True), alpha), torch.sub(1., alpha))
        torch.mul_(p_CV, torch.mul(mass_C1, scale))
        torch.scatter_add_(p_CV, 1, support_CK, torch.mul(q_CK, torch.neg(torch.mul(alpha, scale))))
      else:
        torch.mul_(p_CV, scale)
      one_C1 = torch.full_like(lm_C1, torch.mul(torch.sub(alpha, 1.), scale))
      torch.scatter_add_(p_CV, 1, target_C1, one_C1)
      torch.copy_(torch.slice(hidden_gradient_ND, 0, begin, end), torch.mm(p_CV, weight_VD))
      torch.addmm_(weight_gradient_VD, torch.t(p_CV), h_CD)
    return (hidden_gradient_ND, lm, kd)
