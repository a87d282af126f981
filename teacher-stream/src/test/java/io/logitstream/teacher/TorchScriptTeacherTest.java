package io.logitstream.teacher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.logitstream.messages.ModelException;
import io.logitstream.model.CausalModel;
import io.logitstream.model.CausalModels;
import io.logitstream.schemas.TokenBatch;
import io.logitstream.schemas.TokenBatches;
import io.logitstream.schemas.logits.SparseLogits;
import io.logitstream.teacher.config.SelectionConfig;
import io.logitstream.teacher.config.TeachConfig;
import io.logitstream.teacher.model.TeacherLoader;
import io.logitstream.teacher.model.TeacherModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A teacher as TorchScript with a vocabulary of 64, beside a tokenizer of 50 words. */
class TorchScriptTeacherTest {
    private static final Path SCRIPT = Path.of("../language-model/src/test/resources/torchscript/model.pt");
    private static final SelectionConfig SELECTION = new SelectionConfig(1.0, 50);

    @TempDir
    private Path folder;

    private Path teacherFile;

    @BeforeEach
    void writeTeacher() throws IOException {
        TinyTeacher.write(folder, TinyTeacher.VOCABULARY);
        teacherFile = Files.copy(SCRIPT, folder.resolve("model.pt"));
    }

    @Test
    void itsLogitsAreSelectedWithoutThePadding() {
        SparseLogits selected = new SparseLogits();
        try (TeacherModel teacher = TeacherLoader.load(teacherFile, config(true), SELECTION);
                CausalModel model = CausalModels.open(teacherFile, "cpu", true);
                NDManager scope = model.newScope()) {
            TokenBatch batch = TinyTeacher.batch(teacher, 2, 9, 0);
            NDArray ids_BT = scope.create(TokenBatches.tokens(batch), new Shape(2, 9))
                    .get(":, :-1")
                    .toType(DataType.INT64, true);
            float[] logProbs = model.outputs(ids_BT, TinyTeacher.VOCABULARY)
                    .values_N()
                    .logSoftmax(1)
                    .toFloatArray();

            teacher.process(batch, selected);

            assertThat(teacher.identity().getId()).isEqualTo("model.pt");
            assertThat(selected.positions()).isEqualTo(16);
            assertThat(selected.total()).isEqualTo(16 * TinyTeacher.VOCABULARY);
            for (int i = 0; i < selected.total(); i++) {
                int position = i / TinyTeacher.VOCABULARY;
                assertThat(selected.logProbs()[i])
                        .isCloseTo(logProbs[position * TinyTeacher.VOCABULARY + selected.ids()[i]], offset(1e-5f));
            }
        }
    }

    @Test
    void withoutTheSwitchItIsRefused() {
        assertThatThrownBy(() -> TeacherLoader.load(teacherFile, config(null), SELECTION))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(teacherFile.toString(), "teach.torchScript: true");
    }

    @Test
    void withoutATokenizerBesideItItIsRefused() throws IOException {
        Files.delete(folder.resolve("tokenizer.json"));

        assertThatThrownBy(() -> TeacherLoader.load(teacherFile, config(true), SELECTION))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("tokenizer.json");
    }

    private static TeachConfig config(Boolean torchScript) {
        return new TeachConfig(null, null, null, null, null, torchScript);
    }
}
