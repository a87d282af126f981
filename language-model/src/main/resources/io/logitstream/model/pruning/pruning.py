class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Sums over the rows of a batch, in float64. The suffix X stands for the neurons of a layer or for the hidden channels,
  # S for the selected indices of a dimension.

  # L2 norm of each activation over the positions of a row. Returns [X].
  def norms(self: __torch__.Kernels, x_BTX: Tensor) -> Tensor:
    norm_BX = torch.linalg_vector_norm(x_BTX, 2, [1], False)
    return torch.sum(torch.to(norm_BX, 7), [0], False)

  # L2 norm of each head's output over positions and values, summed over the query heads of a group. Returns [G].
  def group_norms(self: __torch__.Kernels, mixed_BTD: Tensor, heads: int, groups: int) -> Tensor:
    rows = torch.size(mixed_BTD, 0)
    mixed_BTHA = torch.reshape(mixed_BTD, [rows, torch.size(mixed_BTD, 1), heads, -1])
    norm_BH = torch.linalg_vector_norm(mixed_BTHA, 2, [1, 3], False)
    norm_BG = torch.sum(torch.reshape(norm_BH, [rows, groups, -1]), [2], False)
    return torch.sum(torch.to(norm_BG, 7), [0], False)

  # Mean over the positions of a row of the cosine between two residual streams. Returns [1].
  def cosines(self: __torch__.Kernels, x_BTD: Tensor, y_BTD: Tensor) -> Tensor:
    x = torch.to(x_BTD, 7)
    y = torch.to(y_BTD, 7)
    product_BT = torch.sum(torch.mul(x, y), [2], False)
    size_BT = torch.mul(torch.linalg_vector_norm(x, 2, [2], False), torch.linalg_vector_norm(y, 2, [2], False))
    # A stream of zeros has no direction; its cosine counts as 0.
    mean_B = torch.mean(torch.div(product_BT, torch.clamp_min(size_BT, 1.0e-30)), [1], False)
    return torch.sum(mean_B, [0], True)

  # Cross-entropy, in chunks of positions so that logits of all positions never exist at once. The chunks share buffers of
  # S rows. Returns [1].
  def loss(self: __torch__.Kernels, hidden_ND: Tensor, weight_VD: Tensor, targets_N1: Tensor, chunk: int) -> Tensor:
    rows = torch.size(hidden_ND, 0)
    total = torch.zeros([1], dtype=7, layout=None, device=hidden_ND.device, pin_memory=False)
    buffer = [ops.prim.min(chunk, rows), torch.size(weight_VD, 0)]
    z_SV = torch.empty(buffer, dtype=6, layout=None, device=hidden_ND.device, pin_memory=False)
    log_p_SV = torch.empty_like(z_SV)
    chunks = torch.floordiv(torch.sub(torch.add(rows, chunk), 1), chunk)
    for i in range(chunks):
      begin = torch.mul(i, chunk)
      end = torch.add(begin, chunk)
      hidden_CD = torch.slice(hidden_ND, 0, begin, end)
      positions = torch.size(hidden_CD, 0)
      z_CV = torch.mm(hidden_CD, torch.t(weight_VD), out=torch.slice(z_SV, 0, 0, positions))
      log_p_CV = torch._log_softmax(z_CV, -1, False, out=torch.slice(log_p_SV, 0, 0, positions))
      target_C1 = torch.slice(targets_N1, 0, begin, end)
      torch.sub_(total, torch.sum(torch.gather(log_p_CV, 1, target_C1), dtype=7))
    return total

  def selected(self: __torch__.Kernels, x: Tensor, dim: int, indices_S: Tensor) -> Tensor:
    return torch.index_select(x, dim, indices_S)
