class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def rms_norm(self: __torch__.Kernels, x: Tensor, weight_D: Tensor, epsilon: Tensor) -> Tensor:
    scale = torch.rsqrt(torch.add(torch.mean(torch.square(x), [-1], True), epsilon))
    return torch.mul(torch.mul(x, scale), weight_D)

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
    return (self).with_rest(rotated_BTHR, x_BTHK, )

  def rotate_pairs(self: __torch__.Kernels, x_BTHK: Tensor, cos_T1R: Tensor, sin_T1R: Tensor) -> Tensor:
    x_BTHR = torch.slice(x_BTHK, -1, 0, torch.size(cos_T1R, -1))
    first = torch.slice(x_BTHR, -1, None, None, 2)
    second = torch.slice(x_BTHR, -1, 1, None, 2)
    turned = torch.flatten(torch.stack([torch.neg(second), first], -1), -2, -1)
    rotated_BTHR = torch.add(torch.mul(x_BTHR, cos_T1R), torch.mul(turned, sin_T1R))
    return (self).with_rest(rotated_BTHR, x_BTHK, )

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
