class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Log-probabilities of the scored tokens. Shapes: N positions of the padded requests, P scored positions, C of a chunk,
  # S rows of a buffer for all chunks. hidden_ND float32; places_P int64: scored positions among N; weight_VD: output
  # weight; targets_P1 int64: tokens; chunk: positions of a chunk; cap: soft cap of the logits, 0 for none. Returns
  # float64 [P].
  def log_likelihoods(self: __torch__.Kernels, hidden_ND: Tensor, places_P: Tensor, weight_VD: Tensor,
      targets_P1: Tensor, chunk: int, cap: float) -> Tensor:
    rows = torch.size(places_P, 0)
    result_P1 = torch.empty([rows, 1], dtype=7, layout=None, device=hidden_ND.device, pin_memory=False)
    buffer = [ops.prim.min(chunk, rows), torch.size(weight_VD, 0)]
    z_SV = torch.empty(buffer, dtype=6, layout=None, device=hidden_ND.device, pin_memory=False)
    log_p_SV = torch.empty_like(z_SV)
    chunks = torch.floordiv(torch.sub(torch.add(rows, chunk), 1), chunk)
    for i in range(chunks):
      begin = torch.mul(i, chunk)
      end = torch.add(begin, chunk)
      h_CD = torch.index_select(hidden_ND, 0, torch.slice(places_P, 0, begin, end))
      z_CV = torch.mm(h_CD, torch.t(weight_VD), out=torch.slice(z_SV, 0, 0, torch.size(h_CD, 0)))
      if torch.gt(cap, 0.):
        _0 = torch.mul_(torch.tanh_(torch.div_(z_CV, cap)), cap)
      else:
        _0 = z_CV
      log_p_CV = torch._log_softmax(z_CV, -1, False, out=torch.slice(log_p_SV, 0, 0, torch.size(h_CD, 0)))
      torch.copy_(torch.slice(result_P1, 0, begin, end),
          torch.gather(log_p_CV, 1, torch.slice(targets_P1, 0, begin, end)))
    return torch.squeeze(result_P1, 1)
