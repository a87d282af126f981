class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Binary logits (multiples of log 2) of the rows from begin to end, the largest one of each block and of all blocks, how
  # much the log-sum-exp exceeds that in bits, and statistics: log-sum-exp in bits, standard deviation and entropy in nats, and again in bits the shift of a row and the
  # log-sum-exp after it, whose differences keep the digits that the sum of both loses where logits are large. Block n of N
  # has the ids n, n + N, n + 2 N, ...: so blocks are compared element by element, without sums over a few neighbours.
  # z_SV: buffer for the chunks of a batch, e_RV: buffer for the powers of a few rows, which stay in the cache from one pass
  # to the next.
  def blocks(self: __torch__.Kernels, outputs_N: Tensor, weight_VD: List[Tensor], begin: int, end: int, blocks: int,
      block: int, z_SV: Tensor, e_RV: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    chunk = torch.mul(torch.slice(outputs_N, 0, begin, end), 1.4426950408889634)
    z_CV = (self).logits(chunk, weight_VD, 0, torch.size(chunk, 0), z_SV, )
    maxima = annotate(List[Tensor], [])
    largest = annotate(List[Tensor], [])
    excess = annotate(List[Tensor], [])
    statistics = annotate(List[Tensor], [])
    rows = torch.size(e_RV, 0)
    for i in range(torch.floordiv(torch.sub(torch.add(torch.size(z_CV, 0), rows), 1), rows)):
      z_RV = torch.slice(z_CV, 0, torch.mul(i, rows), torch.mul(torch.add(i, 1), rows))
      maxima_RN, largest_R, excess_R, statistics_5R = (self).row_blocks(z_RV, blocks, block,
          torch.slice(e_RV, 0, 0, torch.size(z_RV, 0)), )
      torch.append(maxima, maxima_RN)
      torch.append(largest, largest_R)
      torch.append(excess, excess_R)
      torch.append(statistics, statistics_5R)
    return (z_CV, torch.cat(maxima), torch.cat(largest), torch.cat(excess), torch.cat(statistics, 1))

  # Powers of two take less time than those of e, and rows are shifted by their largest logit only where a power might leave
  # float32: most models' logits stay far within.
  def row_blocks(self: __torch__.Kernels, z_RV: Tensor, blocks: int, block: int,
      e_RV: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    vocabulary = torch.size(z_RV, 1)
    whole = torch.mul(blocks, block)
    maxima_RN = torch.amax(torch.reshape(torch.slice(z_RV, 1, 0, whole), [-1, block, blocks]), [1])
    largest_R = torch.amax(maxima_RN, [1])
    shift_R = largest_R
    if torch.lt(whole, vocabulary):
      shift_R = torch.maximum(shift_R, torch.amax(torch.slice(z_RV, 1, whole, vocabulary), [1]))
    # Not a number is no reason to leave out the shift of the other rows.
    if torch.le(torch.item(torch.amax(torch.abs(shift_R))), 60.):
      shift_R = torch.zeros_like(shift_R)
      _0 = torch.exp2(z_RV, out=e_RV)
    else:
      _1 = torch.exp2_(torch.sub(z_RV, torch.unsqueeze(shift_R, 1), out=e_RV))
    sum_R = torch.sum(e_RV, [1])
    mean_R = torch.div(torch.sum(torch.mul(e_RV, z_RV, out=e_RV), [1]), sum_R)
    rest_R = torch.log2(sum_R)
    log_sum_R = torch.add(rest_R, shift_R)
    square_R = torch.div(torch.square(torch.linalg_vector_norm(z_RV, 2, [1])), vocabulary)
    variance_R = torch.clamp_min(torch.sub(square_R, torch.square(torch.mean(z_RV, [1]))), 0.)
    entropy_R = torch.clamp_min(torch.sub(log_sum_R, mean_R), 0.)
    excess_R = torch.add(rest_R, torch.sub(shift_R, largest_R))
    return (maxima_RN, largest_R, excess_R, torch.stack([log_sum_R,
        torch.mul(torch.sqrt(variance_R), 0.6931471805599453), torch.mul(entropy_R, 0.6931471805599453), shift_R, rest_R]))

  # Number of kept entries, log-probabilities and statistics of rows whose largest binary logits are z_CK, in falling order.
  # The kept ones come first. Minus infinity stands for a logit that was not looked for, and is never kept.
  def keep(self: __torch__.Kernels, z_CK: Tensor, statistics_5C: Tensor, top_p: float) -> Tuple[Tensor, Tensor, Tensor]:
    log_sum_C = torch.select(statistics_5C, 0, 0)
    shift_C1 = torch.unsqueeze(torch.select(statistics_5C, 0, 3), 1)
    rest_C1 = torch.unsqueeze(torch.select(statistics_5C, 0, 4), 1)
    log_p_CK = torch.mul(torch.sub(torch.sub(z_CK, shift_C1), rest_C1), 0.6931471805599453)
    p_CK = torch.exp(log_p_CK)
    keep_CK = torch.lt(torch.sub(torch.cumsum(p_CK, 1), p_CK), top_p)
    keep_CK = torch.logical_and(keep_CK, torch.logical_not(torch.isinf(z_CK)))
    tail_C = torch.clamp(torch.rsub(torch.sum(torch.mul(p_CK, keep_CK), [1]), 1.), 0., 1.)
    statistics_4C = torch.stack([tail_C, torch.mul(log_sum_C, 0.6931471805599453), torch.select(statistics_5C, 0, 1),
        torch.select(statistics_5C, 0, 2)])
    return (torch.to(torch.sum(keep_CK, [1]), 3), log_p_CK, statistics_4C)
