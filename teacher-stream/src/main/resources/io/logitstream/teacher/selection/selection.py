class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # A buffer [S, V], S rows of the largest chunk. All chunks of a batch share their buffers: with a large vocabulary the
  # pages of new ones would cost more than the softmax.
  def buffer(self: __torch__.Kernels, outputs_N: Tensor, weight_VD: List[Tensor], chunk: int) -> Tensor:
    rows = ops.prim.min((self).chunk_rows(weight_VD, chunk, ), torch.size(outputs_N, 0))
    if torch.gt(torch.len(weight_VD), 0):
      vocabulary = torch.size(weight_VD[0], 0)
    else:
      vocabulary = torch.size(outputs_N, 1)
    return torch.empty([rows, vocabulary], dtype=6, layout=None, device=outputs_N.device, pin_memory=False)

  # Probabilities of z_CV, in a buffer.
  def softmax(self: __torch__.Kernels, z_CV: Tensor, memory_SV: Tensor) -> Tensor:
    return torch._softmax(z_CV, -1, False, out=torch.slice(memory_SV, 0, 0, torch.size(z_CV, 0)))

  # largest_C, largest_p_C: the largest logits and probabilities. zp_CV may be p_CV, which then becomes the product of
  # both.
  def statistics(self: __torch__.Kernels, z_CV: Tensor, largest_C: Tensor, p_CV: Tensor, largest_p_C: Tensor,
      zp_CV: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    vocabulary = torch.size(z_CV, 1)
    log_sum_C = torch.sub(largest_C, torch.log(largest_p_C))
    mean_C = torch.mean(z_CV, [1])
    square_C = torch.div(torch.square(torch.linalg_vector_norm(z_CV, 2, [1])), vocabulary)
    deviation_C = torch.sqrt(torch.clamp_min(torch.sub(square_C, torch.square(mean_C)), 0.))
    entropy_C = torch.clamp_min(torch.sub(log_sum_C, torch.sum(torch.mul(p_CV, z_CV, out=zp_CV), [1])), 0.)
    return (log_sum_C, deviation_C, entropy_C)

  # Double-precision keys in the order of the values, and of equal values in that of the ids, the smallest first: each
  # value is lifted by less than half the distance to the next one that single precision has, so that rounding gives it
  # back. Serves ids below 2^27.
  def keys(self: __torch__.Kernels, values: Tensor, ids: Tensor) -> Tensor:
    lift = torch.mul(torch.rsub(torch.mul(torch.to(ids, 7), 7.450580596923828e-09), 1.), 2.9802322387695312e-08)
    x = torch.to(values, 7)
    return torch.addcmul(x, torch.add(torch.abs(x), 1e-30), lift)

  # The k largest of some rows, in order: keys and ids. Each of them lies in one of the k blocks with the largest maxima,
  # so that only these blocks are looked through, and the ids past the last whole block.
  def largest(self: __torch__.Kernels, z_CV: Tensor, z_CNB: Tensor, maxima_CN: Tensor, rows_R: Tensor,
      k: int) -> Tuple[Tensor, Tensor]:
    vocabulary = torch.size(z_CV, 1)
    blocks = torch.size(z_CNB, 1)
    block = torch.size(z_CNB, 2)
    rows = torch.size(rows_R, 0)
    device = z_CV.device
    if torch.ge(torch.mul(torch.mul(k, block), 2), vocabulary):
      all_V = torch.arange(vocabulary, dtype=4, layout=None, device=device, pin_memory=False)
      ids_RM = torch.expand(all_V, [rows, vocabulary])
      keys_RM = (self).keys(torch.index_select(z_CV, 0, rows_R), all_V, )
    else:
      all_N = torch.arange(blocks, dtype=4, layout=None, device=device, pin_memory=False)
      all_B = torch.arange(block, dtype=4, layout=None, device=device, pin_memory=False)
      maxima_RN = (self).keys(torch.index_select(maxima_CN, 0, rows_R), all_N, )
      best_RK = (torch.topk(maxima_RN, k, -1, True, False))[1]
      whole = torch.mul(blocks, block)
      if torch.eq(whole, vocabulary):
        places_RK = torch.add(best_RK, torch.unsqueeze(torch.mul(rows_R, blocks), 1))
        found_RM = torch.view(torch.index_select(torch.flatten(z_CNB, 0, 1), 0, torch.flatten(places_RK)), [rows, -1])
      else:
        # The blocks of all rows are no matrix then, and flatten would copy all of them.
        places = annotate(List[Optional[Tensor]], [torch.unsqueeze(rows_R, 1), best_RK])
        found_RM = torch.flatten(torch.index(z_CNB, places), 1)
      ids_RM = torch.flatten(torch.add(torch.unsqueeze(torch.mul(best_RK, block), 2), all_B), 1)
      if torch.lt(whole, vocabulary):
        rest = torch.arange(whole, vocabulary, dtype=4, layout=None, device=device, pin_memory=False)
        rest_RL = torch.index_select(torch.slice(z_CV, 1, whole, vocabulary), 0, rows_R)
        found_RM = torch.cat([found_RM, rest_RL], 1)
        ids_RM = torch.cat([ids_RM, torch.expand(rest, [rows, -1])], 1)
      keys_RM = (self).keys(found_RM, ids_RM, )
    best = torch.topk(keys_RM, k, -1, True, True)
    return (best[0], torch.gather(ids_RM, 1, best[1]))

  # Support of each row of a chunk. Most rows need few of the k entries to reach top_p, so that few are looked for
  # first, and more only for the rows that these do not suffice for.
  def truncate(self: __torch__.Kernels, z_CV: Tensor, p_SV: Tensor, begin: int, top_p: float, top_k: int, first: int,
      block: int, rows: List[Tensor], counts: List[Tensor], ids: List[Tensor], log_probs: List[Tensor],
      statistics: List[Tensor]) -> None:
    vocabulary = torch.size(z_CV, 1)
    device = z_CV.device
    p_CV = (self).softmax(z_CV, p_SV, )
    log_sum_C, deviation_C, entropy_C = (self).statistics(z_CV, torch.amax(z_CV, [1]), p_CV, torch.amax(p_CV, [1]),
        p_CV, )
    blocks = torch.floordiv(vocabulary, block)
    z_CNB = torch.reshape(torch.slice(z_CV, 1, 0, torch.mul(blocks, block)), [-1, blocks, block])
    maxima_CN = torch.amax(z_CNB, [2])
    tail_C = torch.zeros_like(log_sum_C)
    left_R = torch.arange(torch.size(z_CV, 0), dtype=4, layout=None, device=device, pin_memory=False)
    k = ops.prim.min(first, top_k)
    # Flat distributions, as those of a model that has learned little, need more at once.
    if torch.gt(torch.item(torch.mean(entropy_C)), 2.5):
      k = ops.prim.min(torch.mul(first, 4), top_k)
    searching = True
    while searching:
      keys_RK, ids_RK = (self).largest(z_CV, z_CNB, maxima_CN, left_R, k, )
      log_sum_R1 = torch.unsqueeze(torch.index_select(log_sum_C, 0, left_R), 1)
      log_p_RK = torch.sub(torch.to(keys_RK, 6), log_sum_R1)
      p_RK = torch.exp(log_p_RK)
      before_RK = torch.sub(torch.cumsum(p_RK, 1), p_RK)
      keep_RK = torch.lt(before_RK, top_p)
      last = torch.ge(k, top_k)
      if last:
        done_R = torch.ones_like(left_R, dtype=11)
      else:
        done_R = torch.logical_not(torch.lt(torch.sum(p_RK, [1]), top_p))
      keep_RK = torch.logical_and(keep_RK, torch.unsqueeze(done_R, 1))
      mass_R = torch.sum(torch.mul(p_RK, keep_RK), [1])
      found_R = torch.masked_select(left_R, done_R)
      torch.index_copy_(tail_C, 0, found_R, torch.clamp(torch.rsub(torch.masked_select(mass_R, done_R), 1.), 0., 1.))
      torch.append(rows, torch.to(torch.add(found_R, begin), 3))
      torch.append(counts, torch.to(torch.masked_select(torch.sum(keep_RK, [1]), done_R), 3))
      torch.append(ids, torch.to(torch.masked_select(ids_RK, keep_RK), 3))
      torch.append(log_probs, torch.masked_select(log_p_RK, keep_RK))
      left_R = torch.masked_select(left_R, torch.logical_not(done_R))
      searching = torch.gt(torch.size(left_R, 0), 0)
      k = ops.prim.min(torch.mul(k, 4), top_k)
    torch.append(statistics, torch.stack([tail_C, log_sum_C, deviation_C, entropy_C]))
    return None

  # Rows of a chunk. A weight in bfloat16 (type 15) is converted to float32 for each chunk, which pays for many rows.
  def chunk_rows(self: __torch__.Kernels, weight_VD: List[Tensor], chunk: int) -> int:
    rows = chunk
    if torch.gt(torch.len(weight_VD), 0):
      if torch.eq(ops.prim.dtype(weight_VD[0]), 15):
        rows = ops.prim.max(chunk, 128)
    return rows

  # Logits of some rows: the hidden states times the output weight, in a buffer, or, of a model that has none to show, its
  # logits. A weight in bfloat16 is converted in parts of at most 1048576 values.
  def logits(self: __torch__.Kernels, outputs_N: Tensor, weight_VD: List[Tensor], begin: int, end: int,
      memory_SV: Tensor) -> Tensor:
    chunk = torch.slice(outputs_N, 0, begin, end)
    if torch.gt(torch.len(weight_VD), 0):
      weight = weight_VD[0]
      if torch.eq(ops.prim.dtype(weight), 15):
        parts = annotate(List[Tensor], [])
        rows = ops.prim.max(1, torch.floordiv(1048576, torch.size(weight, 1)))
        count = torch.floordiv(torch.sub(torch.add(torch.size(weight, 0), rows), 1), rows)
        for i in range(count):
          first = torch.mul(i, rows)
          part = torch.to(torch.slice(weight, 0, first, torch.add(first, rows)), 6)
          torch.append(parts, torch.mm(chunk, torch.t(part)))
        z_CV = torch.cat(parts, 1, out=torch.slice(memory_SV, 0, 0, torch.size(chunk, 0)))
      else:
        z_CV = torch.mm(chunk, torch.t(weight), out=torch.slice(memory_SV, 0, 0, torch.size(chunk, 0)))
    else:
      z_CV = torch.contiguous(chunk)
    return z_CV

  def top(self: __torch__.Kernels, outputs_N: Tensor, weight_VD: List[Tensor], top_p: float, top_k: int, first: int,
      block: int, chunk: int) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    count = torch.size(outputs_N, 0)
    rows = annotate(List[Tensor], [])
    counts = annotate(List[Tensor], [])
    ids = annotate(List[Tensor], [])
    log_probs = annotate(List[Tensor], [])
    statistics = annotate(List[Tensor], [])
    step = (self).chunk_rows(weight_VD, chunk, )
    z_SV = (self).buffer(outputs_N, weight_VD, chunk, )
    p_SV = torch.empty_like(z_SV)
    chunks = torch.floordiv(torch.sub(torch.add(count, step), 1), step)
    for i in range(chunks):
      begin = torch.mul(i, step)
      z_CV = (self).logits(outputs_N, weight_VD, begin, torch.add(begin, step), z_SV, )
      _0 = (self).truncate(z_CV, p_SV, begin, top_p, top_k, first, block, rows, counts, ids, log_probs, statistics, )
    return (torch.cat(rows), torch.cat(counts), torch.cat(ids), torch.cat(log_probs), torch.cat(statistics, 1))

  # SplitMix64 of the counters begin, begin + 1, ...: uniform in [0, 1) with 53 bits.
  def uniform(self: __torch__.Kernels, like: Tensor, stream: int, begin: int, count: int) -> Tensor:
    counter = torch.arange(begin, torch.add(begin, count), dtype=4, layout=None, device=like.device, pin_memory=False)
    x = torch.add(torch.mul(torch.add(counter, 1), -7046029254386353131), stream)
    x = torch.mul(torch.bitwise_xor(x, torch.bitwise_and(torch.bitwise_right_shift(x, 30), 17179869183)),
        -4658895280553007687)
    x = torch.mul(torch.bitwise_xor(x, torch.bitwise_and(torch.bitwise_right_shift(x, 27), 137438953471)),
        -7723592293110705685)
    x = torch.bitwise_xor(x, torch.bitwise_and(torch.bitwise_right_shift(x, 31), 8589934591))
    return torch.mul(torch.to(torch.bitwise_and(torch.bitwise_right_shift(x, 11), 9007199254740991), 7),
        1.1102230246251565e-16)

  # Ids drawn from the softmax of each row, by inversion: first the block of ids, then the id in the block. Sums are in
  # double precision, since single precision would lose the smallest probabilities and with them the lack of bias.
  def draw(self: __torch__.Kernels, p_CV: Tensor, uniform_CD: Tensor, block: int) -> Tensor:
    rows = torch.size(p_CV, 0)
    vocabulary = torch.size(p_CV, 1)
    draws = torch.size(uniform_CD, 1)
    blocks = torch.floordiv(torch.sub(torch.add(vocabulary, block), 1), block)
    missing = torch.sub(torch.mul(blocks, block), vocabulary)
    padded_CV = p_CV
    if torch.gt(missing, 0):
      padded_CV = torch.constant_pad_nd(p_CV, [0, missing])
    p_CNB = torch.view(padded_CV, [rows, blocks, block])
    mass_CN = torch.to(torch.sum(p_CNB, [2]), 7)
    ends_CN = torch.cumsum(mass_CN, 1)
    at_CD = torch.mul(uniform_CD, torch.slice(ends_CN, 1, torch.sub(blocks, 1), blocks))
    block_CD = torch.clamp_max(torch.searchsorted(ends_CN, at_CD, right=True), torch.sub(blocks, 1))
    inside_CD = torch.sub(at_CD, torch.sub(torch.gather(ends_CN, 1, block_CD), torch.gather(mass_CN, 1, block_CD)))
    all_C = torch.arange(rows, dtype=4, layout=None, device=p_CV.device, pin_memory=False)
    places_CD = torch.add(block_CD, torch.unsqueeze(torch.mul(all_C, blocks), 1))
    p_MB = torch.to(torch.index_select(torch.flatten(p_CNB, 0, 1), 0, torch.flatten(places_CD)), 7)
    ends_MB = torch.cumsum(p_MB, 1)
    whole_M1 = torch.slice(ends_MB, 1, torch.sub(block, 1), block)
    inside_M1 = torch.view(torch.clamp_min(inside_CD, 0.), [-1, 1])
    inside_M1 = torch.minimum(inside_M1, torch.mul(whole_M1, 0.9999999999999998))
    place_CD = torch.view(torch.sum(torch.le(ends_MB, inside_M1), [1]), [rows, draws])
    return torch.add(torch.mul(block_CD, block), place_CD)

  def sample(self: __torch__.Kernels, outputs_N: Tensor, weight_VD: List[Tensor], draws: int, stream: int, first: int,
      block: int, chunk: int) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    count = torch.size(outputs_N, 0)
    counts = annotate(List[Tensor], [])
    ids = annotate(List[Tensor], [])
    drawn = annotate(List[Tensor], [])
    statistics = annotate(List[Tensor], [])
    step = (self).chunk_rows(weight_VD, chunk, )
    z_SV = (self).buffer(outputs_N, weight_VD, chunk, )
    p_SV = torch.empty_like(z_SV)
    zp_SV = torch.empty_like(z_SV)
    chunks = torch.floordiv(torch.sub(torch.add(count, step), 1), step)
    for i in range(chunks):
      begin = torch.mul(i, step)
      z_CV = (self).logits(outputs_N, weight_VD, begin, torch.add(begin, step), z_SV, )
      rows = torch.size(z_CV, 0)
      p_CV = (self).softmax(z_CV, p_SV, )
      log_sum_C, deviation_C, entropy_C = (self).statistics(z_CV, torch.amax(z_CV, [1]), p_CV, torch.amax(p_CV, [1]),
          torch.slice(zp_SV, 0, 0, rows), )
      entries = torch.mul(rows, draws)
      from_ = torch.mul(torch.add(first, begin), draws)
      uniform_CD = torch.view((self).uniform(z_CV, stream, from_, entries, ), [rows, draws])
      ids_CD = (torch.sort((self).draw(p_CV, uniform_CD, block, ), 1))[0]
      new_CD = torch.ones_like(ids_CD, dtype=11)
      if torch.gt(draws, 1):
        changed = torch.ne(torch.slice(ids_CD, 1, 1, draws), torch.slice(ids_CD, 1, 0, torch.sub(draws, 1)))
        _1 = torch.copy_(torch.slice(new_CD, 1, 1, draws), changed)
      begins_M = torch.flatten(torch.nonzero(torch.flatten(new_CD)))
      ends_M = torch.cat([torch.slice(begins_M, 0, 1), torch.full_like(torch.slice(begins_M, 0, 0, 1), entries)])
      mass_C = torch.sum(torch.mul(torch.gather(p_CV, 1, ids_CD), new_CD), [1])
      tail_C = torch.clamp(torch.rsub(mass_C, 1.), 0., 1.)
      torch.append(counts, torch.to(torch.sum(new_CD, [1]), 3))
      torch.append(ids, torch.to(torch.masked_select(ids_CD, new_CD), 3))
      torch.append(drawn, torch.to(torch.sub(ends_M, begins_M), 3))
      torch.append(statistics, torch.stack([tail_C, log_sum_C, deviation_C, entropy_C]))
    return (torch.cat(counts), torch.cat(ids), torch.cat(drawn), torch.cat(statistics, 1))
