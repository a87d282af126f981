class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def top_p_top_k(self: __torch__.Kernels, hidden_ND: Tensor, weight_VD: Tensor, top_p: float, top_k: int,
      chunk: int) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    rows = torch.size(hidden_ND, 0)
    vocabulary = torch.size(weight_VD, 0)
    counts = annotate(List[Tensor], [])
    ids = annotate(List[Tensor], [])
    log_probs = annotate(List[Tensor], [])
    statistics = annotate(List[Tensor], [])
    chunks = torch.floordiv(torch.sub(torch.add(rows, chunk), 1), chunk)
    for i in range(chunks):
      begin = torch.mul(i, chunk)
      z_CV = torch.mm(torch.slice(hidden_ND, 0, begin, torch.add(begin, chunk)), torch.t(weight_VD))
      largest_CK, ids_CK = torch.topk(z_CV, top_k, -1, True, True)
      p_CV = torch.softmax(z_CV, -1)
      log_sum_C = torch.sub(torch.select(largest_CK, 1, 0), torch.log(torch.amax(p_CV, [1])))
      mean_C = torch.mean(z_CV, [1])
      square_C = torch.div(torch.square(torch.linalg_vector_norm(z_CV, 2, [1])), vocabulary)
      deviation_C = torch.sqrt(torch.clamp_min(torch.sub(square_C, torch.square(mean_C)), 0.))
      entropy_C = torch.clamp_min(torch.sub(log_sum_C, torch.sum(torch.mul_(p_CV, z_CV), [1])), 0.)
      log_p_CK = torch.sub(largest_CK, torch.unsqueeze(log_sum_C, 1))
      p_CK = torch.exp(log_p_CK)
      keep_CK = torch.lt(torch.sub(torch.cumsum(p_CK, 1), p_CK), top_p)
      tail_C = torch.clamp(torch.rsub(torch.sum(torch.mul(p_CK, keep_CK), [1]), 1.), 0., 1.)
      torch.append(counts, torch.sum(keep_CK, [1], dtype=3))
      torch.append(ids, torch.to(torch.masked_select(ids_CK, keep_CK), 3))
      torch.append(log_probs, torch.masked_select(log_p_CK, keep_CK))
      torch.append(statistics, torch.stack([tail_C, log_sum_C, deviation_C, entropy_C]))
    return (torch.cat(counts), torch.cat(ids), torch.cat(log_probs), torch.cat(statistics, 1))
