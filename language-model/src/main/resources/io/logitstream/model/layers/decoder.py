class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def rms_norm(self: __torch__.Kernels, x: Tensor, weight_D: Tensor, epsilon: Tensor) -> Tensor:
    scale = torch.rsqrt(torch.add(torch.mean(torch.square(x), [-1], True), epsilon))
    return torch.mul(torch.mul(x, scale), weight_D)

  # Tensors of type 15, bfloat16, go from kernel to kernel: Java never looks into them.
  def rms_norm_bfloat16(self: __torch__.Kernels, x: Tensor, weight_D: Tensor, epsilon: Tensor) -> Tensor:
    return torch.to((self).rms_norm(torch.to(x, 6), weight_D, epsilon, ), 15)

  def rms_norm_of_offset(self: __torch__.Kernels, x: Tensor, weight_D: Tensor, epsilon: Tensor) -> Tensor:
    return (self).rms_norm(x, torch.add(weight_D, 1.), epsilon, )

  def rms_norm_of_offset_bfloat16(self: __torch__.Kernels, x: Tensor, weight_D: Tensor, epsilon: Tensor) -> Tensor:
    return (self).rms_norm_bfloat16(x, torch.add(weight_D, 1.), epsilon, )

  # The factor has no dimensions, so that the result has the type of x.
  def scaled(self: __torch__.Kernels, x: Tensor, factor: Tensor) -> Tensor:
    return torch.mul(x, factor)

  def capped_(self: __torch__.Kernels, x: Tensor, cap: Tensor) -> Tensor:
    return torch.mul_(torch.tanh_(torch.div_(x, cap)), cap)

  # GELU approximated by tanh: this format of scripts has an operator for the exact one alone.
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

  def rotate_halves(self: __torch__.Kernels, x_BTHK: Tensor, cos_T1R: Tensor, sin_T1R: Tensor) -> Tensor:
    x_BTHR = torch.slice(x_BTHK, -1, 0, torch.size(cos_T1R, -1))
    halves = torch.chunk(x_BTHR, 2, -1)
    turned = torch.cat([torch.neg(halves[1]), halves[0]], -1)
    rotated_BTHR = torch.add(torch.mul(x_BTHR, cos_T1R), torch.mul(turned, sin_T1R))
    return (self).with_rest(torch.type_as(rotated_BTHR, x_BTHK), x_BTHK, )

  def rotate_pairs(self: __torch__.Kernels, x_BTHK: Tensor, cos_T1R: Tensor, sin_T1R: Tensor) -> Tensor:
    x_BTHR = torch.slice(x_BTHK, -1, 0, torch.size(cos_T1R, -1))
    first = torch.slice(x_BTHR, -1, None, None, 2)
    second = torch.slice(x_BTHR, -1, 1, None, 2)
    turned = torch.flatten(torch.stack([torch.neg(second), first], -1), -2, -1)
    rotated_BTHR = torch.add(torch.mul(x_BTHR, cos_T1R), torch.mul(turned, sin_T1R))
    return (self).with_rest(torch.type_as(rotated_BTHR, x_BTHK), x_BTHK, )

  def with_rest(self: __torch__.Kernels, rotated_BTHR: Tensor, x_BTHK: Tensor) -> Tensor:
    size = torch.size(rotated_BTHR, -1)
    if torch.eq(size, torch.size(x_BTHK, -1)):
      whole = rotated_BTHR
    else:
      whole = torch.cat([rotated_BTHR, torch.slice(x_BTHK, -1, size)], -1)
    return whole

  def per_query_head(self: __torch__.Kernels, x_BTGK: Tensor, heads: int) -> Tensor:
    x_BGTK = torch.transpose(x_BTGK, 1, 2)
    groups = torch.size(x_BGTK, 1)
    if torch.ne(heads, groups):
      shared = torch.expand(torch.unsqueeze(x_BGTK, 2), [-1, -1, torch.floordiv(heads, groups), -1, -1])
      x_BHTK = torch.flatten(shared, 1, 2)
    else:
      x_BHTK = x_BGTK
    return x_BHTK

  def attention(self: __torch__.Kernels, q_BTHK: Tensor, k_BTGK: Tensor, v_BTGK: Tensor) -> Tensor:
    heads = torch.size(q_BTHK, 2)
    k_BHTK = (self).per_query_head(k_BTGK, heads, )
    v_BHTK = (self).per_query_head(v_BTGK, heads, )
    mixed_BHTK = torch.scaled_dot_product_attention(torch.transpose(q_BTHK, 1, 2), k_BHTK, v_BHTK, None, 0., True)
    return torch.flatten(torch.transpose(mixed_BHTK, 1, 2), 2, 3)

  # The first window of positions sees all before it. The rest runs in chunks of queries, each with a mask over the keys
  # in its reach alone, so that memory grows with the chunk and the window and never with the square of the context.
  def windowed_attention(self: __torch__.Kernels, q_BTHK: Tensor, k_BTGK: Tensor, v_BTGK: Tensor,
      window_W0: Tensor) -> Tensor:
    window = torch.size(window_W0, 0)
    positions = torch.size(q_BTHK, 1)
    heads = torch.size(q_BTHK, 2)
    q_BHTK = torch.transpose(q_BTHK, 1, 2)
    k_BHTK = (self).per_query_head(k_BTGK, heads, )
    v_BHTK = (self).per_query_head(v_BTGK, heads, )
    mixed = annotate(List[Tensor], [])
    torch.append(mixed, torch.scaled_dot_product_attention(torch.slice(q_BHTK, 2, 0, window),
        torch.slice(k_BHTK, 2, 0, window), torch.slice(v_BHTK, 2, 0, window), None, 0., True))
    chunk = 256
    chunks = torch.floordiv(torch.sub(torch.add(torch.sub(positions, window), chunk), 1), chunk)
    for i in range(chunks):
      begin = torch.add(window, torch.mul(i, chunk))
      end = ops.prim.min(torch.add(begin, chunk), positions)
      reach = torch.add(torch.sub(begin, window), 1)
      query_C1 = torch.unsqueeze(torch.arange(begin, end, dtype=4, layout=None, device=ops.prim.device(q_BTHK)), 1)
      key_R = torch.arange(reach, end, dtype=4, layout=None, device=ops.prim.device(q_BTHK))
      distance_CR = torch.sub(query_C1, key_R)
      mask_CR = torch.logical_and(torch.ge(distance_CR, 0), torch.lt(distance_CR, window))
      torch.append(mixed, torch.scaled_dot_product_attention(torch.slice(q_BHTK, 2, begin, end),
          torch.slice(k_BHTK, 2, reach, end), torch.slice(v_BHTK, 2, reach, end), mask_CR, 0., False))
    mixed_BHTK = torch.cat(mixed, 2)
    return torch.flatten(torch.transpose(mixed_BHTK, 1, 2), 2, 3)

  def attention_cached(self: __torch__.Kernels, q_BTHK: Tensor, k_BTGK: Tensor, v_BTGK: Tensor,
      keys_BGLK: Tensor, values_BGLK: Tensor, past: int, window: int) -> Tensor:
    positions = torch.size(q_BTHK, 1)
    heads = torch.size(q_BTHK, 2)
    groups = torch.size(k_BTGK, 2)
    end = torch.add(past, positions)
    q_BHTK = torch.transpose(q_BTHK, 1, 2)
    torch.copy_(torch.slice(keys_BGLK, 2, past, end), torch.transpose(k_BTGK, 1, 2))
    torch.copy_(torch.slice(values_BGLK, 2, past, end), torch.transpose(v_BTGK, 1, 2))
    reach = 0
    if torch.gt(window, 0):
      reach = ops.prim.max(0, torch.add(torch.sub(past, window), 1))
    k = torch.slice(keys_BGLK, 2, reach, end)
    v = torch.slice(values_BGLK, 2, reach, end)
    repeats = torch.floordiv(heads, groups)
    if torch.eq(positions, 1):
      q_BGRK = torch.reshape(q_BHTK, [torch.size(q_BTHK, 0), groups, repeats, torch.size(q_BTHK, 3)])
      mixed_BGRK = torch.scaled_dot_product_attention(q_BGRK, k, v, None, 0., False)
      mixed_BTD = torch.reshape(mixed_BGRK, [torch.size(q_BTHK, 0), 1, -1])
    else:
      k0 = torch.repeat_interleave(k, repeats, 1)
      v0 = torch.repeat_interleave(v, repeats, 1)
      whole = torch.eq(past, 0)
      if torch.gt(window, 0):
        whole = torch.__and__(whole, torch.le(positions, window))
      if whole:
        mixed_BHTK = torch.scaled_dot_product_attention(q_BHTK, k0, v0, None, 0., True)
      else:
        seen_TL = torch.tril(torch.ones([positions, torch.sub(end, reach)], dtype=11, layout=None,
            device=ops.prim.device(q_BTHK), pin_memory=False), torch.sub(past, reach))
        if torch.gt(window, 0):
          seen_TL = torch.triu(seen_TL, torch.add(torch.sub(torch.sub(past, reach), window), 1))
        mixed_BHTK = torch.scaled_dot_product_attention(q_BHTK, k0, v0, seen_TL, 0., False)
      mixed_BTD = torch.flatten(torch.transpose(mixed_BHTK, 1, 2), 2, 3)
    return mixed_BTD

  # Attention whose scores are bounded, which no fused kernel has. Chunks of queries, so that memory grows with the
  # context and never with its square. The keys are those from the beginning on, past of them before the first query.
  def capped_chunks(self: __torch__.Kernels, q_BTHK: Tensor, k_BGLK: Tensor, v_BGLK: Tensor, past: int, window: int,
      cap: Tensor) -> Tensor:
    rows = torch.size(q_BTHK, 0)
    positions = torch.size(q_BTHK, 1)
    heads = torch.size(q_BTHK, 2)
    groups = torch.size(k_BGLK, 1)
    repeats = torch.floordiv(heads, groups)
    q_BHTK = torch.transpose(q_BTHK, 1, 2)
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
      q_BGNK = torch.reshape(torch.slice(q_BHTK, 2, first, last), [rows, groups, -1, torch.size(q_BTHK, 3)])
      k_BGRK = torch.slice(k_BGLK, 2, reach, end)
      scores_BGNR = torch.to(torch.matmul(q_BGNK, torch.transpose(k_BGRK, 2, 3)), 6)
      scores_BGNR0 = torch.div(scores_BGNR, torch.pow(torch.size(q_BTHK, 3), 0.5))
      scores_BGNR1 = torch.mul(torch.tanh(torch.div(scores_BGNR0, cap)), cap)
      query_C1 = torch.unsqueeze(torch.arange(begin, end, dtype=4, layout=None, device=ops.prim.device(q_BTHK)), 1)
      key_R = torch.arange(reach, end, dtype=4, layout=None, device=ops.prim.device(q_BTHK))
      distance_CR = torch.sub(query_C1, key_R)
      hidden_CR = torch.lt(distance_CR, 0)
      if torch.gt(window, 0):
        hidden_CR = torch.logical_or(hidden_CR, torch.ge(distance_CR, window))
      scores_BGSCR = torch.reshape(scores_BGNR1, [rows, groups, repeats, torch.sub(last, first), torch.sub(end, reach)])
      p_BGSCR = torch.softmax(torch.masked_fill(scores_BGSCR, hidden_CR, -1.0e30), -1)
      p_BGNR = torch.type_as(torch.reshape(p_BGSCR, [rows, groups, -1, torch.sub(end, reach)]), v_BGLK)
      mixed_BGNK = torch.matmul(p_BGNR, torch.slice(v_BGLK, 2, reach, end))
      torch.append(mixed, torch.reshape(mixed_BGNK, [rows, heads, torch.sub(last, first), torch.size(v_BGLK, 3)]))
    mixed_BHTK = torch.cat(mixed, 2)
    return torch.flatten(torch.transpose(mixed_BHTK, 1, 2), 2, 3)

  def capped_attention(self: __torch__.Kernels, q_BTHK: Tensor, k_BTGK: Tensor, v_BTGK: Tensor, cap: Tensor) -> Tensor:
    return (self).capped_chunks(q_BTHK, torch.transpose(k_BTGK, 1, 2), torch.transpose(v_BTGK, 1, 2), 0, 0,
        cap, )

  def capped_windowed_attention(self: __torch__.Kernels, q_BTHK: Tensor, k_BTGK: Tensor, v_BTGK: Tensor, cap: Tensor,
      window_W0: Tensor) -> Tensor:
    return (self).capped_chunks(q_BTHK, torch.transpose(k_BTGK, 1, 2), torch.transpose(v_BTGK, 1, 2), 0,
        torch.size(window_W0, 0), cap, )

  def capped_attention_cached(self: __torch__.Kernels, q_BTHK: Tensor, k_BTGK: Tensor, v_BTGK: Tensor,
      keys_BGLK: Tensor, values_BGLK: Tensor, past: int, window: int, cap: Tensor) -> Tensor:
    end = torch.add(past, torch.size(q_BTHK, 1))
    torch.copy_(torch.slice(keys_BGLK, 2, past, end), torch.transpose(k_BTGK, 1, 2))
    torch.copy_(torch.slice(values_BGLK, 2, past, end), torch.transpose(v_BTGK, 1, 2))
    return (self).capped_chunks(q_BTHK, keys_BGLK, values_BGLK, past, window, cap, )

  # A layer in parts whose backward passes are written out: fewer passes over memory than autograd takes, gradients added
  # to the weights' own by the products themselves, and what is no longer needed overwritten. Autograd is off here.

  def normalised(self: __torch__.Kernels, x_ND: Tensor, epsilon: Tensor) -> Tuple[Tensor, Tensor]:
    norm_N1 = torch.linalg_vector_norm(x_ND, 2, [-1], True)
    scale_N1 = torch.rsqrt(torch.add(torch.div(torch.square(norm_N1), torch.size(x_ND, -1)), epsilon))
    return (torch.mul(x_ND, scale_N1), scale_N1)

  # Adds to the gradient of what was normalised, and overwrites that of the result.
  def norm_backward(self: __torch__.Kernels, gradient_ND: Tensor, unit_ND: Tensor, scale_N1: Tensor, weight_D: Tensor,
      sum_ND: Tensor) -> None:
    product_ND = torch.mul(gradient_ND, unit_ND)
    torch.add_(ops.prim.grad(weight_D), torch.sum(product_ND, [0], False))
    mean_N1 = torch.div_(torch.unsqueeze(torch.mv(product_ND, weight_D), 1), torch.size(unit_ND, 1))
    torch.mul_(gradient_ND, weight_D)
    torch.addcmul_(gradient_ND, unit_ND, mean_N1, value=-1)
    torch.addcmul_(sum_ND, gradient_ND, scale_N1, value=1)
    return None

  def turned(self: __torch__.Kernels, x_BTHK: Tensor, cos_T1K: Tensor, sin_T1K: Tensor, sign: int) -> Tensor:
    half = torch.floordiv(torch.size(x_BTHK, -1), 2)
    sin_T1R = torch.slice(sin_T1K, -1, 0, half)
    result_BTHK = torch.mul(x_BTHK, cos_T1K)
    first = torch.slice(result_BTHK, -1, 0, half)
    second = torch.slice(result_BTHK, -1, half)
    torch.addcmul_(first, torch.slice(x_BTHK, -1, half), sin_T1R, value=torch.neg(sign))
    torch.addcmul_(second, torch.slice(x_BTHK, -1, 0, half), sin_T1R, value=sign)
    return result_BTHK

  def heads(self: __torch__.Kernels, x_ND: Tensor, weight: Tensor, like_BTD: Tensor, cos_T1K: Tensor) -> Tensor:
    return torch.view(torch.mm(x_ND, torch.t(weight)),
        [torch.size(like_BTD, 0), torch.size(like_BTD, 1), -1, torch.size(cos_T1K, -1)])

  def before_attention(self: __torch__.Kernels, x_BTD: Tensor, norm_D: Tensor, epsilon: Tensor, query: Tensor,
      key: Tensor, value: Tensor, cos_T1K: Tensor, sin_T1K: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    unit_ND, scale_N1 = (self).normalised(torch.flatten(x_BTD, 0, 1), epsilon, )
    normed_ND = torch.mul(unit_ND, norm_D)
    q_BTHK = (self).turned((self).heads(normed_ND, query, x_BTD, cos_T1K, ), cos_T1K, sin_T1K, 1, )
    k_BTGK = (self).turned((self).heads(normed_ND, key, x_BTD, cos_T1K, ), cos_T1K, sin_T1K, 1, )
    v_BTGK = (self).heads(normed_ND, value, x_BTD, cos_T1K, )
    return (q_BTHK, k_BTGK, v_BTGK, unit_ND, scale_N1, normed_ND)

  def before_attention_backward(self: __torch__.Kernels, gradient_BTD: Tensor, q_gradient_BTHK: Tensor,
      k_gradient_BTGK: Tensor, v_gradient_BTGK: Tensor, unit_ND: Tensor, scale_N1: Tensor, normed_ND: Tensor,
      norm_D: Tensor, query: Tensor, key: Tensor, value: Tensor, cos_T1K: Tensor, sin_T1K: Tensor) -> Tensor:
    rows = torch.size(unit_ND, 0)
    q_ND = torch.reshape((self).turned(q_gradient_BTHK, cos_T1K, sin_T1K, -1, ), [rows, -1])
    k_ND = torch.reshape((self).turned(k_gradient_BTGK, cos_T1K, sin_T1K, -1, ), [rows, -1])
    v_ND = torch.reshape(v_gradient_BTGK, [rows, -1])
    normed_gradient_ND = torch.mm(q_ND, query)
    torch.addmm_(normed_gradient_ND, k_ND, key, beta=1, alpha=1)
    torch.addmm_(normed_gradient_ND, v_ND, value, beta=1, alpha=1)
    torch.addmm_(ops.prim.grad(query), torch.t(q_ND), normed_ND, beta=1, alpha=1)
    torch.addmm_(ops.prim.grad(key), torch.t(k_ND), normed_ND, beta=1, alpha=1)
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

  # Adds to the gradient of the layer's result what came through the feed-forward block, and returns attention's.
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

  # Of the two ways to add rows each is in a fixed order, and so the same bit for bit, on one kind of device only.
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
      key: Tensor, value: Tensor, cos_T1K: Tensor, sin_T1K: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    q_BTHK, k_BTGK, v_BTGK, _1, _2, _3 = (self).before_attention(x_BTD, norm_D, epsilon, query, key, value, cos_T1K, sin_T1K, )
    return (q_BTHK, k_BTGK, v_BTGK)

  # As after_attention, on less memory.
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
