class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Sums of losses over the positions of a batch. Shapes: N positions, C of a chunk, V vocabulary, D and E hidden sizes of
  # the model and of the teacher, S rows of a buffer. outputs_N: hidden states [N, D] where weight_VD has one element, the
  # output weight, and logits [N, V] where it is empty.
  #
  # All chunks of a batch share buffers [S, V]: with a large vocabulary the pages of a new one would cost more than what
  # is computed in it.

  # A buffer for the chunks of outputs_N.
  def buffer(self: __torch__.Kernels, outputs_N: Tensor, weight_VD: List[Tensor], chunk: int) -> Tensor:
    rows = ops.prim.min(chunk, torch.size(outputs_N, 0))
    if torch.gt(torch.len(weight_VD), 0):
      vocabulary = torch.size(weight_VD[0], 0)
    else:
      vocabulary = torch.size(outputs_N, 1)
    return torch.empty([rows, vocabulary], dtype=6, layout=None, device=outputs_N.device, pin_memory=False)

  # Sum of all values: of each position in float32, where libtorch adds them in a cascade, and over positions in float64.
  def total(self: __torch__.Kernels, x_CV: Tensor) -> Tensor:
    return torch.sum(torch.sum(x_CV, [1], False), dtype=7)

  # Log-probabilities of z_CV, in a buffer, which may be that of z_CV: the values of a row are read before they are written.
  def log_softmax(self: __torch__.Kernels, z_CV: Tensor, memory_SV: Tensor) -> Tensor:
    return torch._log_softmax(z_CV, -1, False, out=torch.slice(memory_SV, 0, 0, torch.size(z_CV, 0)))

  # Probabilities of log-probabilities, in a buffer, which can be theirs. An exponential that leaves float32 takes a hundred
  # times as long as others in libtorch, a power of two does not.
  def probabilities(self: __torch__.Kernels, log_p_CV: Tensor, memory_CV: Tensor) -> Tensor:
    return torch.exp2_(torch.mul(log_p_CV, 1.4426950408889634, out=memory_CV))

  # Logits z_CV of the positions from begin to end, in a buffer unless they are given. A weight in bfloat16 (type 15) is
  # converted to float32 in parts of at most 1048576 values.
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
      z_CV = chunk
    return z_CV

  # The same as torch.argmax(z_CV, 1), of equal values and of NaN the first. libtorch's argmax compares one value at a
  # time, whereas its maximum is vectorised. The maxima of blocks of 64 logits tell which block to search. J: blocks. L:
  # logits of a block.
  def most_likely(self: __torch__.Kernels, z_CV: Tensor) -> Tensor:
    vocabulary = torch.size(z_CV, 1)
    size = ops.prim.min(64, vocabulary)
    whole = torch.mul(torch.floordiv(vocabulary, size), size)
    maxima = annotate(List[Tensor], [])
    torch.append(maxima, torch.amax(torch.unflatten(torch.slice(z_CV, 1, 0, whole), 1, [-1, size]), [2], False))
    if torch.gt(vocabulary, whole):
      torch.append(maxima, torch.amax(torch.slice(z_CV, 1, whole), [1], True))
    maxima_CJ = torch.cat(maxima, 1)
    # A last block of fewer logits is searched with the logits before it, which are smaller.
    begin_C1 = torch.clamp_max(torch.mul(torch.argmax(maxima_CJ, 1, True), size), torch.sub(vocabulary, size))
    place_L = torch.arange(size, dtype=4, layout=None, device=z_CV.device, pin_memory=False)
    z_CL = torch.gather(z_CV, 1, torch.add(begin_C1, place_L))
    return torch.add(torch.squeeze(begin_C1, 1), torch.argmax(z_CL, 1))

  # Adds to the bins what a chunk of a model gives. best_C: most likely tokens. Returns the loss.
  def measure(self: __torch__.Kernels, log_p_CV: Tensor, best_C: Tensor, target_C1: Tensor, bins: int, counts: Tensor,
      confidences: Tensor, corrects: Tensor) -> Tensor:
    loss = torch.neg(torch.sum(torch.gather(log_p_CV, 1, target_C1), dtype=7))
    best_log_p_C = torch.squeeze(torch.gather(log_p_CV, 1, torch.unsqueeze(best_C, 1)), 1)
    confidence_C = torch.to(torch.exp(best_log_p_C), 7)
    correct_C = torch.to(torch.eq(best_C, torch.squeeze(target_C1, 1)), 7)
    # Bin m holds the confidences in (m / bins, (m + 1) / bins]. NaN, which is no valid index, shows in the loss.
    place_C = torch.sub(torch.ceil(torch.mul(torch.nan_to_num(confidence_C), bins)), 1)
    bin_C = torch.to(torch.clamp(place_C, 0, torch.sub(bins, 1)), 4)
    torch.index_add_(counts, 0, bin_C, torch.ones_like(confidence_C))
    torch.index_add_(confidences, 0, bin_C, confidence_C)
    torch.index_add_(corrects, 0, bin_C, correct_C)
    return loss

  # As compare, for a teacher and several models in one pass, in which the teacher's logits are computed once. A model
  # that gives logits has an empty weight.
  # Returns float64 [1 + models, 3 + 3 bins], the teacher first.
  def compare_all(self: __torch__.Kernels, teacher_outputs_N: Tensor, teacher_weight_VE: List[Tensor],
      outputs_N: List[Tensor], weights_VD: List[Tensor], targets_N1: Tensor, chunk: int, bins: int) -> Tensor:
    rows = torch.size(teacher_outputs_N, 0)
    models = torch.len(outputs_N)
    device = teacher_outputs_N.device
    sums = torch.zeros([torch.add(models, 1), 3], dtype=7, layout=None, device=device, pin_memory=False)
    counts = torch.zeros([torch.add(models, 1), bins], dtype=7, layout=None, device=device, pin_memory=False)
    confidences = torch.zeros_like(counts)
    corrects = torch.zeros_like(counts)
    teacher_log_p_SV = (self).buffer(teacher_outputs_N, teacher_weight_VE, chunk, )
    teacher_p_SV = torch.empty_like(teacher_log_p_SV)
    log_p_SV = torch.empty_like(teacher_log_p_SV)
    chunks = torch.floordiv(torch.sub(torch.add(rows, chunk), 1), chunk)
    for i in range(chunks):
      begin = torch.mul(i, chunk)
      end = torch.add(begin, chunk)
      target_C1 = torch.slice(targets_N1, 0, begin, end)
      teacher_z_CV = (self).logits(teacher_outputs_N, teacher_weight_VE, begin, end, teacher_log_p_SV, )
      teacher_best_C = (self).most_likely(teacher_z_CV, )
      teacher_log_p_CV = (self).log_softmax(teacher_z_CV, teacher_log_p_SV, )
      loss = (self).measure(teacher_log_p_CV, teacher_best_C, target_C1, bins, torch.select(counts, 0, 0),
          torch.select(confidences, 0, 0), torch.select(corrects, 0, 0), )
      agree = torch.sum(torch.eq(teacher_best_C, teacher_best_C), dtype=7)
      torch.add_(torch.select(sums, 0, 0), torch.stack([loss, torch.zeros_like(loss), agree]))
      count = torch.size(teacher_log_p_CV, 0)
      teacher_p_CV = (self).probabilities(teacher_log_p_CV, torch.slice(teacher_p_SV, 0, 0, count), )
      for m in range(models):
        weight = annotate(List[Tensor], [])
        if torch.gt(torch.numel(weights_VD[m]), 0):
          torch.append(weight, weights_VD[m])
        z_CV = (self).logits(outputs_N[m], weight, begin, end, log_p_SV, )
        best_C = (self).most_likely(z_CV, )
        log_p_CV = (self).log_softmax(z_CV, log_p_SV, )
        row = torch.add(m, 1)
        loss = (self).measure(log_p_CV, best_C, target_C1, bins, torch.select(counts, 0, row),
            torch.select(confidences, 0, row), torch.select(corrects, 0, row), )
        agree = torch.sum(torch.eq(best_C, teacher_best_C), dtype=7)
        difference_CV = torch.sub(teacher_log_p_CV, log_p_CV, out=log_p_CV)
        divergence = (self).total(torch.mul_(difference_CV, teacher_p_CV), )
        torch.add_(torch.select(sums, 0, row), torch.stack([loss, divergence, agree]))
    return torch.cat([sums, counts, confidences, corrects], 1)

  # teacher_outputs_N: empty without a teacher; divergence and agreement are then 0. targets_N1 int64. chunk: positions of
  # a chunk. bins: number of bins of the calibration error.
  # Returns float64 [3 + 3 bins]: loss, KL divergence from the teacher, agreeing positions; then for each bin its
  # positions, for each its sum of confidences, for each its correct positions.
  def compare(self: __torch__.Kernels, outputs_N: Tensor, weight_VD: List[Tensor], teacher_outputs_N: List[Tensor],
      teacher_weight_VE: List[Tensor], targets_N1: Tensor, chunk: int, bins: int) -> Tensor:
    rows = torch.size(outputs_N, 0)
    sums = torch.zeros([3], dtype=7, layout=None, device=outputs_N.device, pin_memory=False)
    counts = torch.zeros([bins], dtype=7, layout=None, device=outputs_N.device, pin_memory=False)
    confidences = torch.zeros_like(counts)
    corrects = torch.zeros_like(counts)
    log_p_SV = (self).buffer(outputs_N, weight_VD, chunk, )
    teacher_log_p_SV = log_p_SV
    if torch.gt(torch.len(teacher_outputs_N), 0):
      teacher_log_p_SV = torch.empty_like(log_p_SV)
    chunks = torch.floordiv(torch.sub(torch.add(rows, chunk), 1), chunk)
    for i in range(chunks):
      begin = torch.mul(i, chunk)
      end = torch.add(begin, chunk)
      target_C1 = torch.slice(targets_N1, 0, begin, end)
      z_CV = (self).logits(outputs_N, weight_VD, begin, end, log_p_SV, )
      best_C = (self).most_likely(z_CV, )
      log_p_CV = (self).log_softmax(z_CV, log_p_SV, )
      loss = (self).measure(log_p_CV, best_C, target_C1, bins, counts, confidences, corrects, )
      divergence = torch.zeros_like(loss)
      agree = torch.zeros_like(loss)
      if torch.gt(torch.len(teacher_outputs_N), 0):
        teacher_z_CV = (self).logits(teacher_outputs_N[0], teacher_weight_VE, begin, end, teacher_log_p_SV, )
        agree = torch.sum(torch.eq(best_C, (self).most_likely(teacher_z_CV, )), dtype=7)
        teacher_log_p_CV = (self).log_softmax(teacher_z_CV, teacher_log_p_SV, )
        difference_CV = torch.sub(teacher_log_p_CV, log_p_CV, out=log_p_CV)
        divergence = (self).total(torch.mul_((self).probabilities(teacher_log_p_CV, teacher_log_p_CV, ), difference_CV), )
      torch.add_(sums, torch.stack([loss, divergence, agree]))
    return torch.cat([sums, counts, confidences, corrects])
