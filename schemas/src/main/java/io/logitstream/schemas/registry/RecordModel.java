package io.logitstream.schemas.registry;

import io.logitstream.schemas.EndOfCorpus;
import io.logitstream.schemas.LogitsBatch;
import io.logitstream.schemas.Selection;
import io.logitstream.schemas.Teacher;
import io.logitstream.schemas.TokenBatch;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecordBase;

/**
 * Avro model that finds this module's record classes in a fixed table. Avro's own model would load a class by the name
 * in a schema, and since 1.12.2 refuses all classes that are not trusted in the whole process. With the table, no name
 * from outside loads a class.
 */
final class RecordModel extends SpecificData {

    private static final Map<String, Class<?>> CLASSES = Stream.<Class<? extends SpecificRecordBase>>of(
                    TokenBatch.class, EndOfCorpus.class, LogitsBatch.class, Teacher.class, Selection.class)
            .collect(Collectors.toUnmodifiableMap(Class::getName, Function.identity()));

    static final RecordModel INSTANCE = new RecordModel();

    private RecordModel() {
        super(RecordModel.class.getClassLoader());
    }

    @Override
    public Class<?> getClass(Schema schema) {
        return schema.getType() == Schema.Type.RECORD ? CLASSES.get(schema.getFullName()) : super.getClass(schema);
    }
}
