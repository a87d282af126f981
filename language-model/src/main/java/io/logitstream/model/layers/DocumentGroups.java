package io.logitstream.model.layers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.model.documents.DocumentGroup;
import io.logitstream.model.documents.DocumentLengths;
import io.logitstream.model.libtorch.HostTransfer;
import io.logitstream.model.libtorch.TorchScript;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The documents of a forward pass as attention takes them: a tensor for each {@linkplain DocumentGroup group}, made once
 * for all layers of a pass. A mask of a group takes at most {@value DocumentGroup#MOST_MASKED} values for each position.
 */
final class DocumentGroups {
    private final NDManager scope;
    private final DocumentLengths documents;
    private final List<DocumentGroup> groups;
    private final NDArray none;
    private final Map<Long, NDList> byWindow = new HashMap<>();
    private NDArray hidden_BTT;

    /**
     * The documents of a pass.
     *
     * @param scope owner of the tensors; open until the pass, and its backward pass if there is one, is done
     * @param documents the documents
     */
    DocumentGroups(NDManager scope, DocumentLengths documents) {
        this.scope = scope;
        this.documents = documents;
        this.groups = DocumentGroup.of(documents);
        this.none = scope.create(new Shape(0, 0));
    }

    /**
     * The inputs of the kernel that describe the documents, after queries, keys and values.
     *
     * @param attention attention of the layer
     */
    NDList inputs(CausalAttention attention) {
        NDArray window = attention.window() == null ? none : attention.window();
        NDList inputs = new NDList(window, attention.cap() == null ? none : attention.cap());
        // No document under a mask is longer than its span.
        long size = window.getShape().get(0);
        inputs.addAll(byWindow.computeIfAbsent(size < DocumentGroup.MOST_MASKED ? size : 0, this::tensors));
        return inputs;
    }

    /**
     * What is added to the scores of whole rows, [B, T, T]: minus infinity for keys of other documents and later ones. For
     * short rows.
     */
    NDArray hidden(TorchScript kernels) {
        if (hidden_BTT == null) {
            Shape shape = new Shape(documents.rows(), documents.positions());
            try (NDArray document_BT =
                    HostTransfer.toDevice(scope, IntBuffer.wrap(documents.documentNumbers()), shape, DataType.INT32)) {
                hidden_BTT = kernels.call("hidden_by_documents", document_BT);
                hidden_BTT.attach(scope);
            }
        }
        return hidden_BTT;
    }

    private NDList tensors(long window) {
        NDList tensors = new NDList(groups.size());
        for (DocumentGroup group : groups) {
            long length = group.length();
            NDArray tensor = group.isMasked()
                    ? HostTransfer.toDevice(
                            scope,
                            FloatBuffer.wrap(group.mask(window)),
                            new Shape(group.rows(), 1, length, length),
                            DataType.FLOAT32)
                    : scope.create(new Shape(group.rows(), length, 0));
            // DJL passes the tensors of this name as one list.
            tensor.setName("groups[]");
            tensors.add(tensor);
        }
        return tensors;
    }
}
