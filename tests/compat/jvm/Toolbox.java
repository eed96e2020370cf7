// Runs Kafka's own command-line tools and clients in one virtual machine, so that a tool costs no
// start of Java. Reads one JSON request a line from standard input and answers each with one line.
//
//   {"main": CLASS, "args": [...]}            runs a tool: {"exit": N, "out": TEXT, "err": TEXT}
//   {"create": {TOPIC: {"partitions": N, "config": {...}}}}
//   {"produce": {"name": N, "config": {...}, "steps": [...]}}  a producer stays open under its name
//   {"alter": {TOPIC: {SETTING: VALUE}}}
//   {"commit": {"group": G, "offsets": [[TOPIC, PARTITION, OFFSET, METADATA], ...]}}
//   {"committed": [GROUP, ...]}   prints a JSON array [GROUP, TOPIC, PARTITION, OFFSET, METADATA] a line
//
// The steps of a producer: {"send": {topic, partition, timestamp, key, value, headers}}, "flush",
// "init", "begin", "commit", "abort", "close", and {"offsets": {group, offsets}} in a transaction.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Exit;

public class Toolbox {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, KafkaProducer<byte[], byte[]>> PRODUCERS = new HashMap<>();
    private static final PrintStream ANSWERS = System.out;

    // A tool wants to exit. Some catch this as any failure and exit once more: the first one counts.
    private static class ToolExit extends Error {}

    private static Integer firstStatus;

    public static void main(String[] args) throws Exception {
        Exit.Procedure leave = (status, message) -> {
            if (firstStatus == null) firstStatus = status;
            if (message != null) System.err.println(message);
            throw new ToolExit();
        };
        Exit.setExitProcedure(leave);
        Exit.setHaltProcedure(leave);
        BufferedReader requests =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            ANSWERS.write(JSON.writeValueAsBytes(answer(JSON.readTree(line))));
            ANSWERS.write('\n');
            ANSWERS.flush();
        }
        // Transactions that were left open stay open.
        Runtime.getRuntime().halt(0);
    }

    private static ObjectNode answer(JsonNode request) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(errors);
        firstStatus = null;
        int status = 0;
        try {
            run(request);
        } catch (ToolExit e) {
            status = firstStatus;
        } catch (Throwable e) {
            status = 1;
            e.printStackTrace(errors);
        }
        System.out.flush();
        ObjectNode answer = JSON.createObjectNode();
        answer.put("exit", firstStatus == null ? status : firstStatus);
        answer.put("out", out.toString(StandardCharsets.UTF_8));
        answer.put("err", err.toString(StandardCharsets.UTF_8));
        return answer;
    }

    private static void run(JsonNode request) throws Throwable {
        if (request.has("main")) {
            runTool(request.get("main").asText(), strings(request.get("args")));
            return;
        }
        String bootstrap = request.get("bootstrap").asText();
        if (request.has("create")) createTopics(bootstrap, request.get("create"));
        if (request.has("alter")) alterTopics(bootstrap, request.get("alter"));
        if (request.has("produce")) produce(bootstrap, request.get("produce"));
        if (request.has("committed")) printOffsets(bootstrap, strings(request.get("committed")));
        if (request.has("commit")) commitOffsets(bootstrap, request.get("commit"));
    }

    private static void runTool(String className, List<String> args) throws Throwable {
        try {
            Class.forName(className)
                .getMethod("main", String[].class)
                .invoke(null, (Object) args.toArray(new String[0]));
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static void createTopics(String bootstrap, JsonNode topics) throws Exception {
        List<NewTopic> wanted = new ArrayList<>();
        topics.properties().forEach(topic -> {
            int partitions = topic.getValue().get("partitions").asInt();
            wanted.add(new NewTopic(topic.getKey(), partitions, (short) 1)
                .configs(stringMap(topic.getValue().get("config"))));
        });
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(wanted).all().get();
        }
    }

    private static void alterTopics(String bootstrap, JsonNode topics) throws Exception {
        Map<ConfigResource, Collection<AlterConfigOp>> changes = new HashMap<>();
        topics.properties().forEach(topic -> {
            List<AlterConfigOp> all = new ArrayList<>();
            stringMap(topic.getValue()).forEach((name, value) -> all.add(
                new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET)));
            changes.put(new ConfigResource(ConfigResource.Type.TOPIC, topic.getKey()), all);
        });
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.incrementalAlterConfigs(changes).all().get();
        }
    }

    private static void commitOffsets(String bootstrap, JsonNode commit) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.alterConsumerGroupOffsets(
                commit.get("group").asText(), offsets(commit.get("offsets"))).all().get();
        }
    }

    private static void printOffsets(String bootstrap, List<String> groups) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            for (String group : groups) {
                admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get()
                    .forEach((partition, committed) -> System.out.println(
                        JSON.createArrayNode().add(group).add(partition.topic())
                            .add(partition.partition()).add(committed.offset())
                            .add(committed.metadata())));
            }
        }
    }

    @SuppressWarnings("removal")
    private static void produce(String bootstrap, JsonNode request) throws Exception {
        String name = request.get("name").asText();
        Map<String, Object> config = new HashMap<>(stringMap(request.get("config")));
        config.put("bootstrap.servers", bootstrap);
        // A batch ends where a flush says so.
        config.putIfAbsent("linger.ms", "60000");
        config.putIfAbsent("delivery.timeout.ms", "120000");
        KafkaProducer<byte[], byte[]> producer = PRODUCERS.computeIfAbsent(name, unused ->
            new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer()));
        List<Future<?>> sent = new ArrayList<>();
        for (JsonNode step : request.get("steps")) {
            if (step.has("send")) {
                sent.add(producer.send(record(step.get("send"))));
            } else if (step.has("offsets")) {
                JsonNode commit = step.get("offsets");
                producer.sendOffsetsToTransaction(offsets(commit.get("offsets")),
                    new ConsumerGroupMetadata(commit.get("group").asText()));
            } else {
                take(producer, name, step.asText());
            }
        }
        for (Future<?> each : sent) {
            if (each.isDone()) each.get();
        }
    }

    private static void take(KafkaProducer<byte[], byte[]> producer, String name, String step) {
        switch (step) {
            case "flush" -> producer.flush();
            case "init" -> producer.initTransactions();
            case "begin" -> producer.beginTransaction();
            case "commit" -> producer.commitTransaction();
            case "abort" -> producer.abortTransaction();
            case "close" -> {
                producer.close(Duration.ofSeconds(60));
                PRODUCERS.remove(name);
            }
            default -> throw new IllegalArgumentException("unknown step " + step);
        }
    }

    private static ProducerRecord<byte[], byte[]> record(JsonNode send) {
        ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
            send.get("topic").asText(), send.get("partition").asInt(),
            send.get("timestamp").asLong(), bytes(send.get("key")), bytes(send.get("value")));
        for (JsonNode header : send.get("headers")) {
            record.headers().add(header.get(0).asText(), bytes(header.get(1)));
        }
        return record;
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(JsonNode rows) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (JsonNode row : rows) {
            offsets.put(new TopicPartition(row.get(0).asText(), row.get(1).asInt()),
                new OffsetAndMetadata(row.get(2).asLong(), Optional.of(0), row.get(3).asText()));
        }
        return offsets;
    }

    private static byte[] bytes(JsonNode node) {
        return node.isNull() ? null : node.asText().getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> strings(JsonNode array) {
        List<String> all = new ArrayList<>();
        array.forEach(each -> all.add(each.asText()));
        return all;
    }

    private static Map<String, String> stringMap(JsonNode object) {
        Map<String, String> all = new HashMap<>();
        object.properties().forEach(each -> all.put(each.getKey(), each.getValue().asText()));
        return all;
    }
}
