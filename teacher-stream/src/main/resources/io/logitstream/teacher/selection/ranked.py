class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Logits of the rows from begin to end, their probabilities, and the largest logit of each block. Block n of N has the
  # ids n, n + N, n + 2 N, ...: so blocks are compared element by element, without sums over a few neighbours. z_SV, p_SV:
  # buffers for the chunks of a batch.
  def blocks(self: __torch__.Kernels, outputs_N: Tensor, weight_VD: List[Tensor], begin: int, end: int, blocks: int,
      block: int, z_SV: Tensor, p_SV: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    z_CV = (self).logits(outputs_N, weight_VD, begin, end, z_SV, )
    p_CV = (self).softmax(z_CV, p_SV, )
    z_CBN = torch.reshape(torch.slice(z_CV, 1, 0, torch.mul(blocks, block)), [-1, block, blocks])
    return (z_CV, p_CV, torch.amax(z_CBN, [1]))

  # Number of kept entries, log-probabilities and statistics of rows whose largest logits are z_CK, in falling order, the
  # first of them that of id_C. The kept ones come first. Sums are over as many entries as in truncate, where few are looked
  # for first, so that both give the same bits. p_CV becomes the product with z_CV.
  def keep(self: __torch__.Kernels, z_CV: Tensor, p_CV: Tensor, z_CK: Tensor, id_C: Tensor, top_p: float,
      first: int) -> Tuple[Tensor, Tensor, Tensor]:
    top_k = torch.size(z_CK, 1)
    largest_C = torch.select(z_CK, 1, 0)
    largest_p_C = torch.squeeze(torch.gather(p_CV, 1, torch.unsqueeze(id_C, 1)), 1)
    log_sum_C, deviation_C, entropy_C = (self).statistics(z_CV, largest_C, p_CV, largest_p_C, p_CV, )
    log_p_CK = torch.sub(z_CK, torch.unsqueeze(log_sum_C, 1))
    p_CK = torch.exp(log_p_CK)
    keep_CK = torch.lt(torch.sub(torch.cumsum(p_CK, 1), p_CK), top_p)
    kept_CK = torch.mul(p_CK, keep_CK)
    mass_C = torch.zeros_like(log_sum_C)
    counts_C = torch.zeros_like(log_sum_C, dtype=4)
    left_C = torch.ones_like(log_sum_C, dtype=11)
    k = ops.prim.min(first, top_k)
    if torch.gt(torch.item(torch.mean(entropy_C)), 2.5):
      k = ops.prim.min(torch.mul(first, 4), top_k)
    searching = True
    while searching:
      if torch.ge(k, top_k):
        done_C = left_C
      else:
        short_C = torch.lt(torch.sum(torch.slice(p_CK, 1, 0, k), [1]), top_p)
        done_C = torch.logical_and(left_C, torch.logical_not(short_C))
      mass_C = torch.where(done_C, torch.sum(torch.slice(kept_CK, 1, 0, k), [1]), mass_C)
      counts_C = torch.where(done_C, torch.sum(torch.slice(keep_CK, 1, 0, k), [1]), counts_C)
      left_C = torch.logical_and(left_C, torch.logical_not(done_C))
      searching = torch.gt(torch.item(torch.sum(left_C)), 0)
      k = ops.prim.min(torch.mul(k, 4), top_k)
    tail_C = torch.clamp(torch.rsub(mass_C, 1.), 0., 1.)
    return (torch.to(counts_C, 3), log_p_CK, torch.stack([tail_C, log_sum_C, deviation_C, entropy_C]))
