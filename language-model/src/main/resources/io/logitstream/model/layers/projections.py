class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # The kernels before_attention, before_attention_backward and queries_keys_values of decoder.py for layers with biases
  # of query, key and value (Qwen 2), or with norms of queries and keys (Qwen 3). A bias or norm that a layer does not have
  # is an empty tensor. decoder.py keeps the kernels of layers without both, whose operations and order thus stay the same.
  #
  # Suffixes and the order of a head's values are those of decoder.py. J is a head of a position, N * H or N * G of
  # them.

  def projected(self: __torch__.Kernels, x_ND: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if torch.gt(torch.size(bias, 0), 0):
      result = torch.addmm(bias, x_ND, torch.t(weight), beta=1, alpha=1)
    else:
      result = torch.mm(x_ND, torch.t(weight))
    return result

  # Heads [B, T, H, A] before the rotation, and what the backward pass of their norm needs: empty without a norm.
  def normed_heads(self: __torch__.Kernels, x_ND: Tensor, like_BTD: Tensor, norm_A: Tensor, epsilon: Tensor,
      head: int) -> Tuple[Tensor, Tensor, Tensor]:
    if torch.gt(torch.size(norm_A, 0), 0):
      unit_JA, scale_J1 = (self).normalised(torch.view(x_ND, [-1, head]), epsilon, )
      heads_JA = torch.mul(unit_JA, norm_A)
    else:
      unit_JA = norm_A
      scale_J1 = norm_A
      heads_JA = x_ND
    heads_BTHA = torch.view(heads_JA, [torch.size(like_BTD, 0), torch.size(like_BTD, 1), -1, head])
    return (heads_BTHA, unit_JA, scale_J1)

  def before_attention_with(self: __torch__.Kernels, x_BTD: Tensor, norm_D: Tensor, epsilon: Tensor, query: Tensor,
      key: Tensor, value: Tensor, query_bias: Tensor, key_bias: Tensor, value_bias: Tensor, query_norm_A: Tensor,
      key_norm_A: Tensor, angles_THR2: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    unit_ND, scale_N1 = (self).normalised(torch.flatten(x_BTD, 0, 1), epsilon, )
    normed_ND = torch.mul(unit_ND, norm_D)
    size = torch.mul(torch.size(angles_THR2, -2), 2)
    q_ND = (self).projected(normed_ND, (self).paired(query, size, ), (self).paired(query_bias, size, ), )
    k_ND = (self).projected(normed_ND, (self).paired(key, size, ), (self).paired(key_bias, size, ), )
    q_BTHA0, q_unit_JA, q_scale_J1 = (self).normed_heads(q_ND, x_BTD, (self).paired(query_norm_A, size, ), epsilon, size, )
    k_BTGA0, k_unit_JA, k_scale_J1 = (self).normed_heads(k_ND, x_BTD, (self).paired(key_norm_A, size, ), epsilon, size, )
    q_BTHA = (self).turned(q_BTHA0, angles_THR2, )
    k_BTGA = (self).turned(k_BTGA0, angles_THR2, )
    v_BTGA = torch.view((self).projected(normed_ND, value, value_bias, ), torch.size(k_BTGA))
    return (q_BTHA, k_BTGA, v_BTGA, unit_ND, scale_N1, normed_ND, q_unit_JA, q_scale_J1, k_unit_JA, k_scale_J1)

  def queries_keys_values_with(self: __torch__.Kernels, x_BTD: Tensor, norm_D: Tensor, epsilon: Tensor, query: Tensor,
      key: Tensor, value: Tensor, query_bias: Tensor, key_bias: Tensor, value_bias: Tensor, query_norm_A: Tensor,
      key_norm_A: Tensor, angles_THR2: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    q_BTHA, k_BTGA, v_BTGA, _0, _1, _2, _3, _4, _5, _6 = (self).before_attention_with(x_BTD, norm_D, epsilon, query, key,
        value, query_bias, key_bias, value_bias, query_norm_A, key_norm_A, angles_THR2, )
    return (q_BTHA, k_BTGA, v_BTGA)

  # Backward pass of normed_heads. Adds the gradient of the norm's weight and returns that of the projection [N, H * A], in
  # pairs as gradient_BTHA, which it may overwrite.
  def normed_heads_backward(self: __torch__.Kernels, gradient_BTHA: Tensor, unit_JA: Tensor, scale_J1: Tensor,
      norm_A: Tensor, rows: int) -> Tensor:
    head = torch.size(gradient_BTHA, -1)
    gradient_JA = torch.reshape(gradient_BTHA, [-1, head])
    if torch.gt(torch.size(norm_A, 0), 0):
      product_JA = torch.mul(gradient_JA, unit_JA)
      (self).add_paired(norm_A, torch.sum(product_JA, [0], False), head, )
      paired_A = (self).paired(norm_A, head, )
      mean_J1 = torch.div_(torch.unsqueeze(torch.mv(product_JA, paired_A), 1), head)
      torch.mul_(gradient_JA, paired_A)
      torch.addcmul_(gradient_JA, unit_JA, mean_J1, value=-1)
      _0 = torch.mul_(gradient_JA, scale_J1)
    else:
      _0 = gradient_JA
    return torch.view(gradient_JA, [rows, -1])

  # Adds the gradients of the weight and bias of queries or keys. gradient: in pairs. size: A.
  def paired_projection_backward(self: __torch__.Kernels, gradient: Tensor, x_ND: Tensor, weight: Tensor, bias: Tensor,
      size: int) -> None:
    (self).add_paired(weight, torch.mm(torch.t(gradient), x_ND), size, )
    if torch.gt(torch.size(bias, 0), 0):
      (self).add_paired(bias, torch.sum(gradient, [0], False), size, )
    return None

  # Adds the gradients of the weight and bias of values.
  def projection_backward(self: __torch__.Kernels, gradient: Tensor, x_ND: Tensor, weight: Tensor,
      bias: Tensor) -> None:
    torch.addmm_(ops.prim.grad(weight), torch.t(gradient), x_ND, beta=1, alpha=1)
    if torch.gt(torch.size(bias, 0), 0):
      _0 = torch.add_(ops.prim.grad(bias), torch.sum(gradient, [0], False))
    else:
      _0 = gradient
    return None

  def before_attention_with_backward(self: __torch__.Kernels, gradient_BTD: Tensor, q_gradient_BTHA: Tensor,
      k_gradient_BTGA: Tensor, v_gradient_BTGA: Tensor, unit_ND: Tensor, scale_N1: Tensor, normed_ND: Tensor,
      q_unit_JA: Tensor, q_scale_J1: Tensor, k_unit_JA: Tensor, k_scale_J1: Tensor, norm_D: Tensor, query: Tensor,
      key: Tensor, value: Tensor, query_bias: Tensor, key_bias: Tensor, value_bias: Tensor, query_norm_A: Tensor,
      key_norm_A: Tensor, back_THR2: Tensor) -> Tensor:
    rows = torch.size(unit_ND, 0)
    size = torch.mul(torch.size(back_THR2, -2), 2)
    q_ND = (self).normed_heads_backward((self).turned(q_gradient_BTHA, back_THR2, ), q_unit_JA, q_scale_J1, query_norm_A,
        rows, )
    k_ND = (self).normed_heads_backward((self).turned(k_gradient_BTGA, back_THR2, ), k_unit_JA, k_scale_J1, key_norm_A,
        rows, )
    v_ND = torch.reshape(v_gradient_BTGA, [rows, -1])
    normed_gradient_ND = torch.mm(q_ND, (self).paired(query, size, ))
    torch.addmm_(normed_gradient_ND, k_ND, (self).paired(key, size, ), beta=1, alpha=1)
    torch.addmm_(normed_gradient_ND, v_ND, value, beta=1, alpha=1)
    (self).paired_projection_backward(q_ND, normed_ND, query, query_bias, size, )
    (self).paired_projection_backward(k_ND, normed_ND, key, key_bias, size, )
    (self).projection_backward(v_ND, normed_ND, value, value_bias, )
    (self).norm_backward(normed_gradient_ND, unit_ND, scale_N1, norm_D, torch.flatten(gradient_BTD, 0, 1), )
    return gradient_BTD
