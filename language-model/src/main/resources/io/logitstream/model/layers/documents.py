class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Attention of rows whose documents do not see each other. Suffixes are those of decoder.py; here B and T are spans and
  # positions of a group of documents, and Q = H / G, the query heads of one key-value head.

  # A group is a tensor whose shape tells its spans: [B, T, 0] for B documents of T positions, and a mask [B, 1, T, T] for
  # B spans of several documents each. The groups follow one another in the positions of all rows. Memory: the parts of
  # queries, keys and values are views; the mixed values exist twice while they are joined, and so does each gradient in
  # the backward pass. One split makes all views, since the backward pass of a slice allocates the whole tensor.
  def isolated_attention(self: __torch__.Kernels, q_BTHA: Tensor, k_BTGA: Tensor, v_BTGA: Tensor, window_size: Tensor,
      cap: Tensor, groups: List[Tensor]) -> Tensor:
    sizes = annotate(List[int], [])
    for g in range(torch.len(groups)):
      torch.append(sizes, torch.mul(torch.size(groups[g], 0), torch.size(groups[g], -2)))
    queries = torch.split_with_sizes(torch.flatten(q_BTHA, 0, 1), sizes)
    keys = torch.split_with_sizes(torch.flatten(k_BTGA, 0, 1), sizes)
    values = torch.split_with_sizes(torch.flatten(v_BTGA, 0, 1), sizes)
    mixed = annotate(List[Tensor], [])
    for g in range(torch.len(groups)):
      group = groups[g]
      spans = torch.size(group, 0)
      positions = torch.size(group, -2)
      q = (self).spans_of(queries[g], spans, positions, )
      k = (self).spans_of(keys[g], spans, positions, )
      v = (self).spans_of(values[g], spans, positions, )
      if torch.gt(torch.size(group, -1), 0):
        part = (self).masked_attention(q, k, v, group, cap, )
      else:
        part = (self).attention_of_documents(q, k, v, window_size, cap, )
      torch.append(mixed, torch.flatten(part, 0, 1))
    if torch.eq(torch.len(mixed), 1):
      mixed_ND = mixed[0]
    else:
      mixed_ND = torch.cat(mixed)
    return torch.view(mixed_ND, [torch.size(q_BTHA, 0), torch.size(q_BTHA, 1), -1])

  def spans_of(self: __torch__.Kernels, x_NHA: Tensor, spans: int, positions: int) -> Tensor:
    return torch.view(x_NHA, [spans, positions, torch.size(x_NHA, 1), torch.size(x_NHA, 2)])

  def attention_of_documents(self: __torch__.Kernels, q_BTHA: Tensor, k_BTGA: Tensor, v_BTGA: Tensor,
      window_size: Tensor, cap: Tensor) -> Tensor:
    window = torch.size(window_size, 0)
    if torch.gt(torch.numel(cap), 0):
      mixed_BTD = (self).capped_chunks(q_BTHA, torch.transpose(k_BTGA, 1, 2), torch.transpose(v_BTGA, 1, 2), 0, window,
          cap, )
    else:
      if torch.__and__(torch.gt(window, 0), torch.gt(torch.size(q_BTHA, 1), window)):
        mixed_BTD = (self).windowed_attention(q_BTHA, k_BTGA, v_BTGA, window_size, )
      else:
        mixed_BTD = (self).attention(q_BTHA, k_BTGA, v_BTGA, )
    return mixed_BTD

  def masked_attention(self: __torch__.Kernels, q_BTHA: Tensor, k_BTGA: Tensor, v_BTGA: Tensor, mask_B1TT: Tensor,
      cap: Tensor) -> Tensor:
    heads = torch.size(q_BTHA, 2)
    if torch.gt(torch.numel(cap), 0):
      mixed_BTD = (self).masked_capped_attention(q_BTHA, k_BTGA, v_BTGA, mask_B1TT, cap, )
    else:
      mixed_BHTA = torch.scaled_dot_product_attention(torch.transpose(q_BTHA, 1, 2),
          (self).per_query_head(k_BTGA, heads, ), (self).per_query_head(v_BTGA, heads, ),
          torch.type_as(mask_B1TT, q_BTHA), 0., False)
      mixed_BTD = torch.flatten(torch.transpose(mixed_BHTA, 1, 2), 2, 3)
    return mixed_BTD

  # The arithmetic of capped_chunks.
  def masked_capped_attention(self: __torch__.Kernels, q_BTHA: Tensor, k_BTGA: Tensor, v_BTGA: Tensor,
      mask_B1TT: Tensor, cap: Tensor) -> Tensor:
    rows = torch.size(q_BTHA, 0)
    positions = torch.size(q_BTHA, 1)
    heads = torch.size(q_BTHA, 2)
    groups = torch.size(k_BTGA, 2)
    q_BGPA = torch.reshape(torch.transpose(q_BTHA, 1, 2), [rows, groups, -1, torch.size(q_BTHA, 3)])
    k_BGAT = torch.permute(k_BTGA, [0, 2, 3, 1])
    scores_BGPT = torch.to(torch.matmul(q_BGPA, k_BGAT), 6)
    scores_BGPT0 = torch.div(scores_BGPT, torch.pow(torch.size(q_BTHA, 3), 0.5))
    scores_BGPT1 = torch.mul(torch.tanh(torch.div(scores_BGPT0, cap)), cap)
    scores_BHTT = torch.reshape(scores_BGPT1, [rows, heads, positions, positions])
    p_BHTT = torch.softmax(torch.add(scores_BHTT, mask_B1TT), -1)
    p_BGPT = torch.type_as(torch.reshape(p_BHTT, [rows, groups, -1, positions]), v_BTGA)
    mixed_BGPA = torch.matmul(p_BGPT, torch.transpose(v_BTGA, 1, 2))
    mixed_BHTA = torch.reshape(mixed_BGPA, [rows, heads, positions, torch.size(v_BTGA, 3)])
    return torch.flatten(torch.transpose(mixed_BHTA, 1, 2), 2, 3)
