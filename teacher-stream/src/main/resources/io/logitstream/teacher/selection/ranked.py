class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Logits of the rows from begin to end, their statistics, and the largest value of each block. Block n of N has the ids
  # n, n + N, n + 2 N, ...: so blocks are compared element by element, without sums over a few neighbours. z_SV, p_SV:
  # buffers for the chunks of a batch.
  def blocks(self: __torch__.Kernels, outputs_N: Tensor, weight_VD: List[Tensor], begin: int, end: int, blocks: int,
      block: int, z_SV: Tensor, p_SV: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    z_CV = (self).logits(outputs_N, weight_VD, begin, end, z_SV, )
    p_CV = (self).softmax(z_CV, p_SV, )
    log_sum_C, deviation_C, entropy_C = (self).statistics(z_CV, p_CV, p_CV, )
    z_CBN = torch.reshape(torch.slice(z_CV, 1, 0, torch.mul(blocks, block)), [-1, block, blocks])
    return (z_CV, torch.amax(z_CBN, [1]), log_sum_C, deviation_C, entropy_C)

  # As truncate, for ids_CK that are the largest of each row, in order.
  def keep(self: __torch__.Kernels, z_CV: Tensor, ids_CK: Tensor, log_sum_C: Tensor, deviation_C: Tensor,
      entropy_C: Tensor, top_p: float, first: int) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    top_k = torch.size(ids_CK, 1)
    rows = annotate(List[Tensor], [])
    counts = annotate(List[Tensor], [])
    ids = annotate(List[Tensor], [])
    log_probs = annotate(List[Tensor], [])
    values_CK = torch.gather(z_CV, 1, ids_CK)
    tail_C = torch.zeros_like(log_sum_C)
    left_R = torch.arange(torch.size(z_CV, 0), dtype=4, layout=None, device=z_CV.device, pin_memory=False)
    k = ops.prim.min(first, top_k)
    if torch.gt(torch.item(torch.mean(entropy_C)), 2.5):
      k = ops.prim.min(torch.mul(first, 4), top_k)
    searching = True
    while searching:
      ids_RK = torch.slice(torch.index_select(ids_CK, 0, left_R), 1, 0, k)
      values_RK = torch.slice(torch.index_select(values_CK, 0, left_R), 1, 0, k)
      log_p_RK = torch.sub(values_RK, torch.unsqueeze(torch.index_select(log_sum_C, 0, left_R), 1))
      p_RK = torch.exp(log_p_RK)
      before_RK = torch.sub(torch.cumsum(p_RK, 1), p_RK)
      keep_RK = torch.lt(before_RK, top_p)
      if torch.ge(k, top_k):
        done_R = torch.ones_like(left_R, dtype=11)
      else:
        done_R = torch.logical_not(torch.lt(torch.sum(p_RK, [1]), top_p))
      keep_RK = torch.logical_and(keep_RK, torch.unsqueeze(done_R, 1))
      mass_R = torch.sum(torch.mul(p_RK, keep_RK), [1])
      found_R = torch.masked_select(left_R, done_R)
      torch.index_copy_(tail_C, 0, found_R, torch.clamp(torch.rsub(torch.masked_select(mass_R, done_R), 1.), 0., 1.))
      torch.append(rows, torch.to(found_R, 3))
      torch.append(counts, torch.to(torch.masked_select(torch.sum(keep_RK, [1]), done_R), 3))
      torch.append(ids, torch.to(torch.masked_select(ids_RK, keep_RK), 3))
      torch.append(log_probs, torch.masked_select(log_p_RK, keep_RK))
      left_R = torch.masked_select(left_R, torch.logical_not(done_R))
      searching = torch.gt(torch.size(left_R, 0), 0)
      k = ops.prim.min(torch.mul(k, 4), top_k)
    statistics = torch.stack([tail_C, log_sum_C, deviation_C, entropy_C])
    return (torch.cat(rows), torch.cat(counts), torch.cat(ids), torch.cat(log_probs), statistics)
