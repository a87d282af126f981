class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Suffixes of tensors are their shapes, with the letters of the package io.logitstream.model. Attention adds C, the
  # queries of a chunk; M, the keys that they can see; Q = H / G, the query heads of one key-value head; and P = Q * C.
  # A digit at the end of a name tells versions of a value apart: this format of scripts has no reassignment.

  def rms_norm(self: __torch__.Kernels, x: Tensor, weight_D: Tensor, epsilon: Tensor) -> Tensor:
    scale = torch.rsqrt(torch.add(torch.mean(torch.square(x), [-1], True), epsilon))
    return torch.mul(torch.mul(x, scale), weight_D)

  # Type 15 is bfloat16 (c10::ScalarType), type 6 float32. Such tensors pass from kernel to kernel only: Java cannot
  # read them.
  def rms_norm_bfloat16(self: __torch__.Kernels, x: Tensor, weight_D: Tensor, epsilon: Tensor) -> Tensor:
    return torch.to((self).rms_norm(torch.to(x, 6), weight_D, epsilon, ), 15)

  def rms_norm_of_offset(self: __torch__.Kernels, x: Tensor, weight_D: Tensor, epsilon: Tensor) -> Tensor:
    return (self).rms_norm(x, torch.add(weight_D, 1.), epsilon, )

  def rms_norm_of_offset_bfloat16(self: __torch__.Kernels, x: Tensor, weight_D: Tensor, epsilon: Tensor) -> Tensor:
    return (self).rms_norm_bfloat16(x, torch.add(weight_D, 1.), epsilon, )

  # The factor is a scalar tensor, which does not change the type of the result.
  def scaled(self: __torch__.Kernels, x: Tensor, factor: Tensor) -> Tensor:
    return torch.mul(x, factor)

  def capped_(self: __torch__.Kernels, x: Tensor, cap: Tensor) -> Tensor:
    return torch.mul_(torch.tanh_(torch.div_(x, cap)), cap)

  # GELU approximated by tanh (Hendrycks and Gimpel 2016), written out: this format of scripts has an operator for the
  # exact GELU only.
  def geglu(self: __torch__.Kernels, gate: Tensor, up: Tensor) -> Tensor:
    inner = torch.mul(torch.add(gate, torch.mul(torch.pow(gate, 3), 0.044715)), 0.7978845608028654)
    return torch.mul(torch.mul(torch.mul(gate, 0.5), torch.add(torch.tanh(inner), 1.)), up)

  def to_bfloat16(self: __torch__.Kernels, x: Tensor) -> Tensor:
    return torch.to(x, 15)

  def linear_bfloat16(self: __torch__.Kernels, x: Tensor, weight: Tensor) -> Tensor:
    return torch.linear(x, torch.to(weight, 15), None)

  def linear_with_bias_bfloat16(self: __torch__.Kernels, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.linear(x, torch.to(weight, 15), torch.to(bias, 15))

  def swiglu(self: __torch__.Kernels, gate: Tensor, up: Tensor) -> Tensor:
    return torch.mul(torch.silu(gate), up)

  def swiglu_of_both(self: __torch__.Kernels, gate_and_up: Tensor) -> Tensor:
    parts = torch.chunk(gate_and_up, 2, -1)
    return torch.mul(torch.silu(parts[0]), parts[1])

  def rotate_halves(self: __torch__.Kernels, x_BTHA: Tensor, cos_T1R: Tensor, sin_T1R: Tensor) -> Tensor:
    x_BTHR = torch.slice(x_BTHA, -1, 0, torch.size(cos_T1R, -1))
    halves = torch.chunk(x_BTHR, 2, -1)
    turned = torch.cat([torch.neg(halves[1]), halves[0]], -1)
    rotated_BTHR = torch.add(torch.mul(x_BTHR, cos_T1R), torch.mul(turned, sin_T1R))
    return (self).with_rest(torch.type_as(rotated_BTHR, x_BTHA), x_BTHA, )

  def rotate_pairs(self: __torch__.Kernels, x_BTHA: Tensor, cos_T1R: Tensor, sin_T1R: Tensor) -> Tensor:
    x_BTHR = torch.slice(x_BTHA, -1, 0, torch.size(cos_T1R, -1))
    first = torch.slice(x_BTHR, -1, None, None, 2)
    second = torch.slice(x_BTHR, -1, 1, None, 2)
    turned = torch.flatten(torch.stack([torch.neg(second), first], -1), -2, -1)
    rotated_BTHR = torch.add(torch.mul(x_BTHR, cos_T1R), torch.mul(turned, sin_T1R))
    return (self).with_rest(torch.type_as(rotated_BTHR, x_BTHA), x_BTHA, )

  def with_rest(self: __torch__.Kernels, rotated_BTHR: Tensor, x_BTHA: Tensor) -> Tensor:
    size = torch.size(rotated_BTHR, -1)
    if torch.eq(size, torch.size(x_BTHA, -1)):
      whole = rotated_BTHR
    else:
      whole = torch.cat([rotated_BTHR, torch.slice(x_BTHA, -1, size)], -1)
    return whole

  def per_query_head(self: __torch__.Kernels, x_BTGA: Tensor, heads: int) -> Tensor:
    x_BGTA = torch.transpose(x_BTGA, 1, 2)
    groups = torch.size(x_BGTA, 1)
    if torch.ne(heads, groups):
      shared = torch.expand(torch.unsqueeze(x_BGTA, 2), [-1, -1, torch.floordiv(heads, groups), -1, -1])
      x_BHTA = torch.flatten(shared, 1, 2)
    else:
      x_BHTA = x_BGTA
    return x_BHTA

  def attention(self: __torch__.Kernels, q_BTHA: Tensor, k_BTGA: Tensor, v_BTGA: Tensor) -> Tensor:
    heads = torch.size(q_BTHA, 2)
    k_BHTA = (self).per_query_head(k_BTGA, heads, )
    v_BHTA = (self).per_query_head(v_BTGA, heads, )
    mixed_BHTA = torch.scaled_dot_product_attention(torch.transpose(q_BTHA, 1, 2), k_BHTA, v_BHTA, None, 0., True)
    return torch.flatten(torch.transpose(mixed_BHTA, 1, 2), 2, 3)

  # Positions of the first window see all positions before them. The others run in chunks of 256 queries, each with a
  # mask over the keys that it can see, so that memory grows with the chunk and the window and not with the square of
  # the context.
  def windowed_attention(self: __torch__.Kernels, q_BTHA: Tensor, k_BTGA: Tensor, v_BTGA: Tensor,
      window_size: Tensor) -> Tensor:
    window = torch.size(window_size, 0)
    positions = torch.size(q_BTHA, 1)
    heads = torch.size(q_BTHA, 2)
    q_BHTA = torch.transpose(q_BTHA, 1, 2)
    k_BHTA = (self).per_query_head(k_BTGA, heads, )
    v_BHTA = (self).per_query_head(v_BTGA, heads, )
    mixed = annotate(List[Tensor], [])
    torch.append(mixed, torch.scaled_dot_product_attention(torch.slice(q_BHTA, 2, 0, window),
        torch.slice(k_BHTA, 2, 0, window), torch.slice(v_BHTA, 2, 0, window), None, 0., True))
    chunk = 256
    chunks = torch.floordiv(torch.sub(torch.add(torch.sub(positions, window), chunk), 1), chunk)
    for i in range(chunks):
      begin = torch.add(window, torch.mul(i, chunk))
      end = ops.prim.min(torch.add(begin, chunk), positions)
      reach = torch.add(torch.sub(begin, window), 1)
      query_C1 = torch.unsqueeze(torch.arange(begin, end, dtype=4, layout=None, device=ops.prim.device(q_BTHA)), 1)
      key_M = torch.arange(reach, end, dtype=4, layout=None, device=ops.prim.device(q_BTHA))
      distance_CM = torch.sub(query_C1, key_M)
      mask_CM = torch.logical_and(torch.ge(distance_CM, 0), torch.lt(distance_CM, window))
      torch.append(mixed, torch.scaled_dot_product_attention(torch.slice(q_BHTA, 2, begin, end),
          torch.slice(k_BHTA, 2, reach, end), torch.slice(v_BHTA, 2, reach, end), mask_CM, 0., False))
    mixed_BHTA = torch.cat(mixed, 2)
    return torch.flatten(torch.transpose(mixed_BHTA, 1, 2), 2, 3)

  def attention_cached(self: __torch__.Kernels, q_BTHA: Tensor, k_BTGA: Tensor, v_BTGA: Tensor,
      keys_BGLA: Tensor, values_BGLA: Tensor, past: int, window: int) -> Tensor:
    positions = torch.size(q_BTHA, 1)
    heads = torch.size(q_BTHA, 2)
    groups = torch.size(k_BTGA, 2)
    end = torch.add(past, positions)
    q_BHTA = torch.transpose(q_BTHA, 1, 2)
    torch.copy_(torch.slice(keys_BGLA, 2, past, end), torch.transpose(k_BTGA, 1, 2))
    torch.copy_(torch.slice(values_BGLA, 2, past, end), torch.transpose(v_BTGA, 1, 2))
    reach = 0
    if torch.gt(window, 0):
      reach = ops.prim.max(0, torch.add(torch.sub(past, window), 1))
    k = torch.slice(keys_BGLA, 2, reach, end)
    v = torch.slice(values_BGLA, 2, reach, end)
    repeats = torch.floordiv(heads, groups)
    if torch.eq(positions, 1):
      q_BGQA = torch.reshape(q_BHTA, [torch.size(q_BTHA, 0), groups, repeats, torch.size(q_BTHA, 3)])
      mixed_BGQA = torch.scaled_dot_product_attention(q_BGQA, k, v, None, 0., False)
      mixed_BTD = torch.reshape(mixed_BGQA, [torch.size(q_BTHA, 0), 1, -1])
    else:
      k0 = torch.repeat_interleave(k, repeats, 1)
      v0 = torch.repeat_interleave(v, repeats, 1)
      whole = torch.eq(past, 0)
      if torch.gt(window, 0):
        whole = torch.__and__(whole, torch.le(positions, window))
      if whole:
        mixed_BHTA = torch.scaled_dot_product_attention(q_BHTA, k0, v0, None, 0., True)
      else:
        seen_TM = torch.tril(torch.ones([positions, torch.sub(end, reach)], dtype=11, layout=None,
            device=ops.prim.device(q_BTHA), pin_memory=False), torch.sub(past, reach))
        if torch.gt(window, 0):
          seen_TM = torch.triu(seen_TM, torch.add(torch.sub(torch.sub(past, reach), window), 1))
        mixed_BHTA = torch.scaled_dot_product_attention(q_BHTA, k0, v0, seen_TM, 0., False)
      mixed_BTD = torch.flatten(torch.transpose(mixed_BHTA, 1, 2), 2, 3)
    return mixed_BTD

  # Attention with bounded scores, c * tanh(score / c), for which there is no fused kernel. It runs in chunks of 64
  # queries, so that memory grows with the context and not with its square. Keys start at position 0; past of them lie
  # before the first query. Scores of hidden keys become -1e30, which the softmax turns into 0.
  def capped_chunks(self: __torch__.Kernels, q_BTHA: Tensor, k_BGLA: Tensor, v_BGLA: Tensor, past: int, window: int,
      cap: Tensor) -> Tensor:
    rows = torch.size(q_BTHA, 0)
    positions = torch.size(q_BTHA, 1)
    heads = torch.size(q_BTHA, 2)
    groups = torch.size(k_BGLA, 1)
    repeats = torch.floordiv(heads, groups)
    q_BHTA = torch.transpose(q_BTHA, 1, 2)
    mixed = annotate(List[Tensor], [])
    chunk = 64
    chunks = torch.floordiv(torch.sub(torch.add(positions, chunk), 1), chunk)
    for i in range(chunks):
      first = torch.mul(i, chunk)
      last = ops.prim.min(torch.add(first, chunk), positions)
      begin = torch.add(past, first)
      end = torch.add(past, last)
      reach = 0
      if torch.gt(window, 0):
        reach = ops.prim.max(0, torch.add(torch.sub(begin, window), 1))
      q_BGPA = torch.reshape(torch.slice(q_BHTA, 2, first, last), [rows, groups, -1, torch.size(q_BTHA, 3)])
      k_BGMA = torch.slice(k_BGLA, 2, reach, end)
      scores_BGPM = torch.to(torch.matmul(q_BGPA, torch.transpose(k_BGMA, 2, 3)), 6)
      scores_BGPM0 = torch.div(scores_BGPM, torch.pow(torch.size(q_BTHA, 3), 0.5))
      scores_BGPM1 = torch.mul(torch.tanh(torch.div(scores_BGPM0, cap)), cap)
      query_C1 = torch.unsqueeze(torch.arange(begin, end, dtype=4, layout=None, device=ops.prim.device(q_BTHA)), 1)
      key_M = torch.arange(reach, end, dtype=4, layout=None, device=ops.prim.device(q_BTHA))
      distance_CM = torch.sub(query_C1, key_M)
      hidden_CM = torch.lt(distance_CM, 0)
      if torch.gt(window, 0):
        hidden_CM = torch.logical_or(hidden_CM, torch.ge(distance_CM, window))
      scores_BGQCM = torch.reshape(scores_BGPM1, [rows, groups, repeats, torch.sub(last, first), torch.sub(end, reach)])
      p_BGQCM = torch.softmax(torch.masked_fill(scores_BGQCM, hidden_CM, -1.0e30), -1)
      p_BGPM = torch.type_as(torch.reshape(p_BGQCM, [rows, groups, -1, torch.sub(end, reach)]), v_BGLA)
      mixed_BGPA = torch.matmul(p_BGPM, torch.slice(v_BGLA, 2, reach, end))
      torch.append(mixed, torch.reshape(mixed_BGPA, [rows, heads, torch.sub(last, first), torch.size(v_BGLA, 3)]))
    mixed_BHTA = torch.cat(mixed, 2)
    return torch.flatten(torch.transpose(mixed_BHTA, 1, 2), 2, 3)

  def capped_attention(self: __torch__.Kernels, q_BTHA: Tensor, k_BTGA: Tensor, v_BTGA: Tensor, cap: Tensor) -> Tensor:
    return (self).capped_chunks(q_BTHA, torch.transpose(k_BTGA, 1, 2), torch.transpose(v_BTGA, 1, 2), 0, 0,
        cap, )

  def capped_windowed_attention(self: __torch__.Kernels, q_BTHA: Tensor, k_BTGA: Tensor, v_BTGA: Tensor, cap: Tensor,
      window_size: Tensor) -> Tensor:
    return (self).capped_chunks(q_BTHA, torch.transpose(k_BTGA, 1, 2), torch.transpose(v_BTGA, 1, 2), 0,
        torch.size(window_size, 0), cap, )

  def capped_attention_cached(self: __torch__.Kernels, q_BTHA: Tensor, k_BTGA: Tensor, v_BTGA: Tensor,
      keys_BGLA: Tensor, values_BGLA: Tensor, past: int, window: int, cap: Tensor) -> Tensor:
    end = torch.add(past, torch.size(q_BTHA, 1))
    torch.copy_(torch.slice(keys_BGLA, 2, past, end), torch.transpose(k_BTGA, 1, 2))
    torch.copy_(torch.slice(values_BGLA, 2, past, end), torch.transpose(v_BTGA, 1, 2))
    return (self).capped_chunks(q_BTHA, keys_BGLA, values_BGLA, past, window, cap, )

  # Kernels of FusedDecoderLayer. Each forward kernel has a hand-written backward kernel, which makes fewer passes over
  # memory than autograd: products add to the gradients of the weights, and tensors that are no longer needed are
  # overwritten. Autograd is off in all of them.

  def normalised(self: __torch__.Kernels, x_ND: Tensor, epsilon: Tensor) -> Tuple[Tensor, Tensor]:
    norm_N1 = torch.linalg_vector_norm(x_ND, 2, [-1], True)
    scale_N1 = torch.rsqrt(torch.add(torch.div(torch.square(norm_N1), torch.size(x_ND, -1)), epsilon))
    return (torch.mul(x_ND, scale_N1), scale_N1)

  # Adds the gradient of an RMSNorm's weight, and overwrites gradient_ND with that of the input divided by scale_N1.
  def unscaled_norm_backward(self: __torch__.Kernels, gradient_ND: Tensor, unit_ND: Tensor, weight_D: Tensor) -> None:
    product_ND = torch.mul(gradient_ND, unit_ND)
    torch.add_(ops.prim.grad(weight_D), torch.sum(product_ND, [0], False))
    mean_N1 = torch.div_(torch.unsqueeze(torch.mv(product_ND, weight_D), 1), torch.size(unit_ND, 1))
    torch.mul_(gradient_ND, weight_D)
    torch.addcmul_(gradient_ND, unit_ND, mean_N1, value=-1)
    return None

  # Backward pass of RMSNorm. Adds the gradient of the input to sum_ND, adds that of the weight, and overwrites
  # gradient_ND.
  def norm_backward(self: __torch__.Kernels, gradient_ND: Tensor, unit_ND: Tensor, scale_N1: Tensor, weight_D: Tensor,
      sum_ND: Tensor) -> None:
    (self).unscaled_norm_backward(gradient_ND, unit_ND, weight_D, )
    torch.addcmul_(sum_ND, gradient_ND, scale_N1, value=1)
    return None

  # rms_norm, and what its backward pass needs.
  def final_norm(self: __torch__.Kernels, x_BTD: Tensor, weight_D: Tensor, epsilon: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    scale_BT1 = torch.rsqrt(torch.add(torch.mean(torch.square(x_BTD), [-1], True), epsilon))
    unit_BTD = torch.mul(x_BTD, scale_BT1)
    return (torch.mul(unit_BTD, weight_D), torch.flatten(unit_BTD, 0, 1), torch.flatten(scale_BT1, 0, 1))

  # Overwrites gradient_BTD with the gradient of the input, and adds that of the weight.
  def final_norm_backward(self: __torch__.Kernels, gradient_BTD: Tensor, unit_ND: Tensor, scale_N1: Tensor,
      weight_D: Tensor) -> None:
    gradient_ND = torch.flatten(gradient_BTD, 0, 1)
    (self).unscaled_norm_backward(gradient_ND, unit_ND, weight_D, )
    _0 = torch.mul_(gradient_ND, scale_N1)
    return None

  # The rotary embedding turns each pair of values r and r + A / 2 of a head by an angle. The fused kernels have both
  # values of a pair side by side, so that they are a complex number and the rotation is a product, in one pass over
  # memory. Scores do not depend on the order of a head's values, as long as queries and keys have the same. Weights
  # and gradients are put into that order and back. R = A / 2, S: columns of a weight.

  # A weight of queries or keys [H * A, S], a bias [H * A] or a norm [A] with both values of a pair side by side.
  # size: A.
  def paired(self: __torch__.Kernels, weight: Tensor, size: int) -> Tensor:
    if torch.gt(torch.numel(weight), 0):
      columns = torch.floordiv(torch.numel(weight), torch.size(weight, 0))
      weight_H2RS = torch.view(weight, [-1, 2, torch.floordiv(size, 2), columns])
      result = torch.view_as(torch.contiguous(torch.transpose(weight_H2RS, 1, 2)), weight)
    else:
      result = weight
    return result

  # Adds a gradient in that order to the gradient of the weight.
  def add_paired(self: __torch__.Kernels, weight: Tensor, gradient: Tensor, size: int) -> None:
    columns = torch.floordiv(torch.numel(weight), torch.size(weight, 0))
    half = torch.floordiv(size, 2)
    sum_HR2S = torch.transpose(torch.view(ops.prim.grad(weight), [-1, 2, half, columns]), 1, 2)
    _0 = torch.add_(sum_HR2S, torch.view(gradient, [-1, half, 2, columns]))
    return None

  # Cosines and sines [T, heads, R, 2] of the angles. Long runs of values are faster to multiply, so that rows with
  # the same angles have them once for each head. With heads 1, all heads share them: [T, 1, R, 2], or
  # [B, T, 1, R, 2] of documents.
  def pair_angles(self: __torch__.Kernels, cos_T1A: Tensor, sin_T1A: Tensor, heads: int) -> Tensor:
    half = torch.floordiv(torch.size(cos_T1A, -1), 2)
    angles_T1R2 = torch.stack([torch.slice(cos_T1A, -1, 0, half), torch.slice(sin_T1A, -1, 0, half)], -1)
    if torch.gt(heads, 1):
      angles = torch.contiguous(torch.expand(angles_T1R2, [-1, heads, -1, -1]))
    else:
      angles = angles_T1R2
    return angles

  # The angles that turn back.
  def opposite(self: __torch__.Kernels, angles_THR2: Tensor) -> Tensor:
    return torch.view_as_real(torch._conj_physical(torch.view_as_complex(angles_THR2)))

  # Heads [B, T, H, A] turned by the first of angles_THR2: there may be those of more heads, or those of one for all.
  # The values of a pair must be neighbours in memory and begin at an even place, as in all gradients of attention.
  def turned(self: __torch__.Kernels, x_BTHA: Tensor, angles_THR2: Tensor) -> Tensor:
    heads = torch.size(x_BTHA, 2)
    x_BTHR = torch.view_as_complex(torch.view(x_BTHA,
        [torch.size(x_BTHA, 0), torch.size(x_BTHA, 1), heads, torch.size(angles_THR2, -2), 2]))
    turned_BTHR = torch.mul(x_BTHR, torch.view_as_complex(torch.slice(angles_THR2, -3, 0, heads)))
    return torch.flatten(torch.view_as_real(turned_BTHR), 3)

  def heads(self: __torch__.Kernels, x_ND: Tensor, weight: Tensor, like_BTD: Tensor, size: int) -> Tensor:
    return torch.view(torch.mm(x_ND, torch.t(weight)), [torch.size(like_BTD, 0), torch.size(like_BTD, 1), -1, size])

  def before_attention(self: __torch__.Kernels, x_BTD: Tensor, norm_D: Tensor, epsilon: Tensor, query: Tensor,
      key: Tensor, value: Tensor, angles_THR2: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    unit_ND, scale_N1 = (self).normalised(torch.flatten(x_BTD, 0, 1), epsilon, )
    normed_ND = torch.mul(unit_ND, norm_D)
    size = torch.mul(torch.size(angles_THR2, -2), 2)
    q_BTHA = (self).turned((self).heads(normed_ND, (self).paired(query, size, ), x_BTD, size, ), angles_THR2, )
    k_BTGA = (self).turned((self).heads(normed_ND, (self).paired(key, size, ), x_BTD, size, ), angles_THR2, )
    v_BTGA = (self).heads(normed_ND, value, x_BTD, size, )
    return (q_BTHA, k_BTGA, v_BTGA, unit_ND, scale_N1, normed_ND)

  def before_attention_backward(self: __torch__.Kernels, gradient_BTD: Tensor, q_gradient_BTHA: Tensor,
      k_gradient_BTGA: Tensor, v_gradient_BTGA: Tensor, unit_ND: Tensor, scale_N1: Tensor, normed_ND: Tensor,
      norm_D: Tensor, query: Tensor, key: Tensor, value: Tensor, back_THR2: Tensor) -> Tensor:
    rows = torch.size(unit_ND, 0)
    size = torch.mul(torch.size(back_THR2, -2), 2)
    q_ND = torch.reshape((self).turned(q_gradient_BTHA, back_THR2, ), [rows, -1])
    k_ND = torch.reshape((self).turned(k_gradient_BTGA, back_THR2, ), [rows, -1])
    v_ND = torch.reshape(v_gradient_BTGA, [rows, -1])
    normed_gradient_ND = torch.mm(q_ND, (self).paired(query, size, ))
    torch.addmm_(normed_gradient_ND, k_ND, (self).paired(key, size, ), beta=1, alpha=1)
    torch.addmm_(normed_gradient_ND, v_ND, value, beta=1, alpha=1)
    (self).add_paired(query, torch.mm(torch.t(q_ND), normed_ND), size, )
    (self).add_paired(key, torch.mm(torch.t(k_ND), normed_ND), size, )
    torch.addmm_(ops.prim.grad(value), torch.t(v_ND), normed_ND, beta=1, alpha=1)
    (self).norm_backward(normed_gradient_ND, unit_ND, scale_N1, norm_D, torch.flatten(gradient_BTD, 0, 1), )
    return gradient_BTD

  def after_attention(self: __torch__.Kernels, x_BTD: Tensor, mixed_BTD: Tensor, output: Tensor, norm_D: Tensor,
      epsilon: Tensor, gate: Tensor, up: Tensor, down: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    sum_ND = torch.addmm(torch.flatten(x_BTD, 0, 1), torch.flatten(mixed_BTD, 0, 1), torch.t(output), beta=1, alpha=1)
    unit_ND, scale_N1 = (self).normalised(sum_ND, epsilon, )
    normed_ND = torch.mul(unit_ND, norm_D)
    gate_NF = torch.mm(normed_ND, torch.t(gate))
    up_NF = torch.mm(normed_ND, torch.t(up))
    silu_NF = torch.silu(gate_NF)
    inner_NF = torch.mul(silu_NF, up_NF)
    torch.addmm_(sum_ND, inner_NF, torch.t(down), beta=1, alpha=1)
    return (torch.view_as(sum_ND, x_BTD), unit_ND, scale_N1, normed_ND, gate_NF, up_NF, silu_NF, inner_NF)

  # Backward pass of after_attention. Adds the gradient of the feed-forward block's input to gradient_BTD and returns
  # that of mixed_BTD.
  def after_attention_backward(self: __torch__.Kernels, gradient_BTD: Tensor, mixed_BTD: Tensor, unit_ND: Tensor,
      scale_N1: Tensor, normed_ND: Tensor, gate_NF: Tensor, up_NF: Tensor, silu_NF: Tensor, inner_NF: Tensor,
      output: Tensor, norm_D: Tensor, gate: Tensor, up: Tensor, down: Tensor) -> Tensor:
    gradient_ND = torch.flatten(gradient_BTD, 0, 1)
    torch.addmm_(ops.prim.grad(down), torch.t(gradient_ND), inner_NF, beta=1, alpha=1)
    gate_gradient_NF = torch.mm(gradient_ND, down)
    up_gradient_NF = torch.mul(gate_gradient_NF, silu_NF, out=inner_NF)
    torch.mul_(gate_gradient_NF, up_NF)
    _0 = torch.silu_backward(gate_gradient_NF, gate_NF, grad_input=gate_gradient_NF)
    normed_gradient_ND = torch.mm(gate_gradient_NF, gate)
    torch.addmm_(normed_gradient_ND, up_gradient_NF, up, beta=1, alpha=1)
    torch.addmm_(ops.prim.grad(gate), torch.t(gate_gradient_NF), normed_ND, beta=1, alpha=1)
    torch.addmm_(ops.prim.grad(up), torch.t(up_gradient_NF), normed_ND, beta=1, alpha=1)
    (self).norm_backward(normed_gradient_ND, unit_ND, scale_N1, norm_D, gradient_ND, )
    torch.addmm_(ops.prim.grad(output), torch.t(gradient_ND), torch.flatten(mixed_BTD, 0, 1), beta=1, alpha=1)
    return torch.view(torch.mm(gradient_ND, output), torch.size(mixed_BTD))

  # index_put_ is deterministic on CUDA only, and index_add_ on the CPU only: each adds rows in a fixed order on its
  # device.
  def embedding_backward(self: __torch__.Kernels, gradient_BTD: Tensor, ids_BT: Tensor, weight_VD: Tensor) -> None:
    ids_N = torch.flatten(ids_BT)
    gradient_ND = torch.flatten(gradient_BTD, 0, 1)
    if ops.prim.is_cuda(weight_VD):
      indices = annotate(List[Optional[Tensor]], [ids_N])
      torch.index_put_(ops.prim.grad(weight_VD), indices, gradient_ND, True)
    else:
      torch.index_add_(ops.prim.grad(weight_VD), 0, ids_N, gradient_ND)
    return None

  def queries_keys_values(self: __torch__.Kernels, x_BTD: Tensor, norm_D: Tensor, epsilon: Tensor, query: Tensor,
      key: Tensor, value: Tensor, angles_THR2: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    q_BTHA, k_BTGA, v_BTGA, _1, _2, _3 = (self).before_attention(x_BTD, norm_D, epsilon, query, key, value, angles_THR2, )
    return (q_BTHA, k_BTGA, v_BTGA)

  # after_attention for inference: it keeps nothing for a backward pass.
  def rest_of_layer(self: __torch__.Kernels, x_BTD: Tensor, mixed_BTD: Tensor, output: Tensor, norm_D: Tensor,
      epsilon: Tensor, gate: Tensor, up: Tensor, down: Tensor) -> Tensor:
    sum_ND = torch.addmm(torch.flatten(x_BTD, 0, 1), torch.flatten(mixed_BTD, 0, 1), torch.t(output), beta=1, alpha=1)
    normed_ND, scale_N1 = (self).normalised(sum_ND, epsilon, )
    torch.mul_(normed_ND, norm_D)
    inner_NF = torch.mm(normed_ND, torch.t(gate))
    torch.silu_(inner_NF)
    torch.mul_(inner_NF, torch.mm(normed_ND, torch.t(up)))
    torch.addmm_(sum_ND, inner_NF, torch.t(down), beta=1, alpha=1)
    return torch.view_as(sum_ND, x_BTD)

  def global_norm(self: __torch__.Kernels, tensors: List[Tensor]) -> Tensor:
    return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(tensors)))

  def clip_divisor(self: __torch__.Kernels, norm: Tensor, max_norm: float) -> Tensor:
    return torch.clamp_min(torch.div(norm, max_norm), 1.)

  def copy(self: __torch__.Kernels, target: Tensor, source: Tensor) -> None:
    torch.copy_(target, source)
    return None

  def zero(self: __torch__.Kernels, tensors: List[Tensor]) -> None:
    torch._foreach_zero_(tensors)
    return None

  def adamw(self: __torch__.Kernels, weights: List[Tensor], gradients: List[Tensor], means: List[Tensor],
      variances: List[Tensor], steps: List[Tensor], learning_rate: float, beta1: float, beta2: float,
      epsilon: float, weight_decay: float, gradient_divisor: Tensor) -> None:
    none = annotate(List[Tensor], [])
    torch._fused_adamw_(weights, gradients, means, variances, none, steps, lr=learning_rate, beta1=beta1,
        beta2=beta2, weight_decay=weight_decay, eps=epsilon, amsgrad=False, maximize=False,
        grad_scale=gradient_divisor)
    return None
