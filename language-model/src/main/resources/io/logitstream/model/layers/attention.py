class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool

  # Causal attention of short contexts, with a hand-written backward pass. Training keeps the probabilities, which grow with
  # the square of the context. So the backward pass needs four products, where libtorch's kernel computes the scores again
  # and needs five, of smaller matrices. Autograd is off in all kernels.
  #
  # Suffixes are those of decoder.py. Queries are taken in blocks of 64 positions, each of which sees the keys up to its
  # own end. Further letters: E = B * G, the key-value heads of all rows; Q = H / G, the query heads of one of them;
  # X = T * Q, its queries by position, of which a block has P; M, the keys that a block sees.

  # [E, T, A], or [E, X, A] for queries: contiguous, and a copy if there are several key-value heads.
  def by_key_head(self: __torch__.Kernels, x_BTHA: Tensor, groups: int) -> Tensor:
    size = torch.size(x_BTHA, 3)
    x_BTGQA = torch.reshape(x_BTHA, [torch.size(x_BTHA, 0), torch.size(x_BTHA, 1), groups, -1, size])
    return torch.reshape(torch.permute(x_BTGQA, [0, 2, 1, 3, 4]), [torch.mul(torch.size(x_BTHA, 0), groups), -1, size])

  # The reverse of by_key_head, contiguous.
  def by_position(self: __torch__.Kernels, x_EXA: Tensor, rows: int, positions: int) -> Tensor:
    size = torch.size(x_EXA, 2)
    x_BGTQA = torch.view(x_EXA, [rows, torch.floordiv(torch.size(x_EXA, 0), rows), positions, -1, size])
    return torch.reshape(torch.permute(x_BGTQA, [0, 2, 1, 3, 4]), [rows, positions, -1, size])

  # What is added to the scores of rows of several documents: minus infinity for keys of other documents and for later
  # ones. document_BT: number of each position's document.
  def hidden_by_documents(self: __torch__.Kernels, document_BT: Tensor) -> Tensor:
    positions = torch.size(document_BT, 1)
    later_TT = torch.triu(torch.full([positions, positions], -inf, dtype=6, layout=None, device=document_BT.device,
        pin_memory=False), 1)
    other_BTT = torch.ne(torch.unsqueeze(document_BT, 2), torch.unsqueeze(document_BT, 1))
    return torch.masked_fill(later_TT, other_BTT, -inf)

  # Hides the keys of later positions and of other documents. hidden_BTT: see hidden_by_documents; empty where a
  # row is one text, so that only the keys of the block's own positions can be hidden.
  def hide_(self: __torch__.Kernels, p_EPM: Tensor, begin: int, shared: int, hidden_BTT: Tensor, later_CC: Tensor) -> None:
    end = torch.size(p_EPM, 2)
    count = torch.sub(end, begin)
    if torch.eq(torch.numel(hidden_BTT), 0):
      own_ECQC = torch.slice(torch.view(p_EPM, [-1, count, shared, end]), 3, begin)
      hidden_C1C = torch.unsqueeze(torch.slice(torch.slice(later_CC, 0, 0, count), 1, 0, count), 1)
      _0 = torch.add_(own_ECQC, hidden_C1C)
    else:
      hidden_BCM = torch.slice(torch.slice(hidden_BTT, 1, begin, end), 2, 0, end)
      p_BGCQM = torch.view(p_EPM, [torch.size(hidden_BTT, 0), -1, count, shared, end])
      _0 = torch.add_(p_BGCQM, torch.unsqueeze(torch.unsqueeze(hidden_BCM, 2), 1))
    return None

  # Mixed values [E, X, A]. The probabilities of the blocks, [E, P, M] each, follow each other in the vector p, or
  # overwrite each other where it is too short for all of them.
  def mix(self: __torch__.Kernels, q_EXA: Tensor, k_ETA: Tensor, v_ETA: Tensor, hidden_BTT: Tensor, p: Tensor) -> Tensor:
    every = torch.size(k_ETA, 0)
    positions = torch.size(k_ETA, 1)
    shared = torch.floordiv(torch.size(q_EXA, 1), positions)
    scale = torch.pow(torch.size(q_EXA, 2), -0.5)
    block = 64
    later_CC = torch.triu(torch.full([block, block], -inf, dtype=6, layout=None, device=p.device, pin_memory=False), 1)
    mixed_EXA = torch.empty_like(q_EXA)
    at = 0
    for i in range(torch.floordiv(torch.sub(torch.add(positions, block), 1), block)):
      begin = torch.mul(i, block)
      end = ops.prim.min(torch.add(begin, block), positions)
      first = torch.mul(begin, shared)
      last = torch.mul(end, shared)
      size = torch.mul(torch.mul(every, torch.sub(last, first)), end)
      if torch.gt(torch.add(at, size), torch.size(p, 0)):
        at = 0
      p_EPM = torch.view(torch.slice(p, 0, at, torch.add(at, size)), [every, torch.sub(last, first), end])
      torch.baddbmm_(p_EPM, torch.slice(q_EXA, 1, first, last), torch.transpose(torch.slice(k_ETA, 1, 0, end), 1, 2),
          beta=0, alpha=scale)
      (self).hide_(p_EPM, begin, shared, hidden_BTT, later_CC, )
      _0 = torch._softmax(p_EPM, -1, False, out=p_EPM)
      _1 = torch.bmm(p_EPM, torch.slice(v_ETA, 1, 0, end), out=torch.slice(mixed_EXA, 1, first, last))
      at = torch.add(at, size)
    return mixed_EXA

  def mixed_values(self: __torch__.Kernels, q_BTHA: Tensor, k_BTGA: Tensor, v_BTGA: Tensor,
      hidden_BTT: Tensor, rows_of_p: int) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    positions = torch.size(q_BTHA, 1)
    groups = torch.size(k_BTGA, 2)
    q_EXA = (self).by_key_head(q_BTHA, groups, )
    k_ETA = (self).by_key_head(k_BTGA, groups, )
    v_ETA = (self).by_key_head(v_BTGA, groups, )
    heads = torch.mul(torch.size(q_BTHA, 0), torch.size(q_BTHA, 2))
    p = torch.empty([torch.mul(heads, rows_of_p)], dtype=6, layout=None, device=q_BTHA.device, pin_memory=False)
    mixed_BTHA = (self).by_position((self).mix(q_EXA, k_ETA, v_ETA, hidden_BTT, p, ), torch.size(q_BTHA, 0), positions, )
    return (torch.flatten(mixed_BTHA, 2, 3), q_EXA, k_ETA, v_ETA, p)

  # Probabilities of a head: those of all blocks.
  def short_attention_recorded(self: __torch__.Kernels, q_BTHA: Tensor, k_BTGA: Tensor, v_BTGA: Tensor,
      hidden_BTT: Tensor) -> Tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    positions = torch.size(q_BTHA, 1)
    block = 64
    kept = 0
    for i in range(torch.floordiv(torch.sub(torch.add(positions, block), 1), block)):
      end = ops.prim.min(torch.mul(torch.add(i, 1), block), positions)
      kept = torch.add(kept, torch.mul(torch.sub(end, torch.mul(i, block)), end))
    return (self).mixed_values(q_BTHA, k_BTGA, v_BTGA, hidden_BTT, kept, )

  # Probabilities of a head: those of one block at a time.
  def short_attention(self: __torch__.Kernels, q_BTHA: Tensor, k_BTGA: Tensor, v_BTGA: Tensor,
      hidden_BTT: Tensor) -> Tensor:
    positions = torch.size(q_BTHA, 1)
    mixed_BTD, _0, _1, _2, _3 = (self).mixed_values(q_BTHA, k_BTGA, v_BTGA, hidden_BTT,
        torch.mul(ops.prim.min(positions, 64), positions), )
    return mixed_BTD

  # Gradients of queries, keys and values. The last block, which sees all keys, comes first: its products set the
  # gradients of keys and values, and those of the other blocks add to them.
  def short_attention_backward(self: __torch__.Kernels, gradient_BTD: Tensor, q_EXA: Tensor, k_ETA: Tensor,
      v_ETA: Tensor, p: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    rows = torch.size(gradient_BTD, 0)
    positions = torch.size(gradient_BTD, 1)
    every = torch.size(k_ETA, 0)
    shared = torch.floordiv(torch.size(q_EXA, 1), positions)
    scale = torch.pow(torch.size(q_EXA, 2), -0.5)
    gradient_BTHA = torch.view(gradient_BTD, [rows, positions, -1, torch.size(q_EXA, 2)])
    gradient_EXA = (self).by_key_head(gradient_BTHA, torch.floordiv(every, rows), )
    block = 64
    blocks = torch.floordiv(torch.sub(torch.add(positions, block), 1), block)
    q_gradient_EXA = torch.empty_like(q_EXA)
    k_gradient_ETA = torch.empty_like(k_ETA)
    v_gradient_ETA = torch.empty_like(v_ETA)
    at = torch.size(p, 0)
    beta = 0
    for i in range(blocks):
      begin = torch.mul(torch.sub(torch.sub(blocks, 1), i), block)
      end = ops.prim.min(torch.add(begin, block), positions)
      first = torch.mul(begin, shared)
      last = torch.mul(end, shared)
      size = torch.mul(torch.mul(every, torch.sub(last, first)), end)
      before = torch.sub(at, size)
      p_EPM = torch.view(torch.slice(p, 0, before, at), [every, torch.sub(last, first), end])
      gradient_EPA = torch.slice(gradient_EXA, 1, first, last)
      torch.baddbmm_(torch.slice(v_gradient_ETA, 1, 0, end), torch.transpose(p_EPM, 1, 2), gradient_EPA, beta=beta,
          alpha=1)
      p_gradient_EPM = torch.bmm(gradient_EPA, torch.transpose(torch.slice(v_ETA, 1, 0, end), 1, 2))
      _0 = torch._softmax_backward_data(p_gradient_EPM, p_EPM, -1, 6, grad_input=p_gradient_EPM)
      torch.baddbmm_(torch.slice(q_gradient_EXA, 1, first, last), p_gradient_EPM, torch.slice(k_ETA, 1, 0, end),
          beta=0, alpha=scale)
      torch.baddbmm_(torch.slice(k_gradient_ETA, 1, 0, end), torch.transpose(p_gradient_EPM, 1, 2),
          torch.slice(q_EXA, 1, first, last), beta=beta, alpha=scale)
      at = before
      beta = 1
    return ((self).by_position(q_gradient_EXA, rows, positions, ), (self).by_position(k_gradient_ETA, rows, positions, ),
        (self).by_position(v_gradient_ETA, rows, positions, ))
