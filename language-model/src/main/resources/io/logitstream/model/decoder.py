class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  def rms_norm(self: __torch__.Kernels, x: Tensor, weight_D: Tensor, epsilon: Tensor) -> Tensor:
    scale = torch.rsqrt(torch.add(torch.mean(torch.square(x), [-1], True), epsilon))
    return torch.mul(torch.mul(x, scale), weight_D)

  def swiglu(self: __torch__.Kernels, gate: Tensor, up: Tensor) -> Tensor:
    return torch.mul(torch.silu(gate), up)

  def rotate(self: __torch__.Kernels, x_BTHK: Tensor, cos_T1K: Tensor, sin_T1K: Tensor) -> Tensor:
    halves = torch.chunk(x_BTHK, 2, -1)
    turned = torch.cat([torch.neg(halves[1]), halves[0]], -1)
    return torch.add(torch.mul(x_BTHK, cos_T1K), torch.mul(turned, sin_T1K))

  def attention(self: __torch__.Kernels, q_BTHK: Tensor, k_BTGK: Tensor, v_BTGK: Tensor,
      cos_T1K: Tensor, sin_T1K: Tensor) -> Tensor:
    heads = torch.size(q_BTHK, 2)
    groups = torch.size(k_BTGK, 2)
    q = torch.transpose((self).rotate(q_BTHK, cos_T1K, sin_T1K, ), 1, 2)
    k = torch.transpose((self).rotate(k_BTGK, cos_T1K, sin_T1K, ), 1, 2)
    v = torch.transpose(v_BTGK, 1, 2)
    if torch.ne(heads, groups):
      k0 = torch.repeat_interleave(k, torch.floordiv(heads, groups), 1)
      v0 = torch.repeat_interleave(v, torch.floordiv(heads, groups), 1)
    else:
      k0 = k
      v0 = v
    mixed_BHTK = torch.scaled_dot_product_attention(q, k0, v0, None, 0., True)
    return torch.flatten(torch.transpose(mixed_BHTK, 1, 2), 2, 3)

  def attention_cached(self: __torch__.Kernels, q_BTHK: Tensor, k_BTGK: Tensor, v_BTGK: Tensor,
      keys_BGLK: Tensor, values_BGLK: Tensor, past: int) -> Tensor:
    positions = torch.size(q_BTHK, 1)
    heads = torch.size(q_BTHK, 2)
    groups = torch.size(k_BTGK, 2)
    end = torch.add(past, positions)
    q_BHTK = torch.transpose(q_BTHK, 1, 2)
    torch.copy_(torch.slice(keys_BGLK, 2, past, end), torch.transpose(k_BTGK, 1, 2))
    torch.copy_(torch.slice(values_BGLK, 2, past, end), torch.transpose(v_BTGK, 1, 2))
    k = torch.slice(keys_BGLK, 2, 0, end)
    v = torch.slice(values_BGLK, 2, 0, end)
    repeats = torch.floordiv(heads, groups)
    if torch.eq(positions, 1):
      q_BGRK = torch.reshape(q_BHTK, [torch.size(q_BTHK, 0), groups, repeats, torch.size(q_BTHK, 3)])
      mixed_BGRK = torch.scaled_dot_product_attention(q_BGRK, k, v, None, 0., False)
      mixed_BTD = torch.reshape(mixed_BGRK, [torch.size(q_BTHK, 0), 1, -1])
    else:
      k0 = torch.repeat_interleave(k, repeats, 1)
      v0 = torch.repeat_interleave(v, repeats, 1)
      if torch.eq(past, 0):
        mixed_BHTK = torch.scaled_dot_product_attention(q_BHTK, k0, v0, None, 0., True)
      else:
        seen_TL = torch.tril(torch.ones([positions, end], dtype=11, layout=None, device=q_BTHK.device,
            pin_memory=False), past)
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
