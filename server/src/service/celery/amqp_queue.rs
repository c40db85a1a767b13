//! Queues in RabbitMQ, or whatever speaks AMQP 0-9-1.

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldArray, FieldTable, LongString};
use lapin::uri::AMQPUri;
use lapin::{BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Error};
use serde_json::Value;
use tokio::sync::Mutex;

use super::message::TaskMessage;

/// A broker, and the channel to it while there is one.
pub(super) struct AmqpQueue {
    uri: AMQPUri,
    channel: Mutex<Option<(Connection, Channel)>>,
}

impl AmqpQueue {
    pub(super) fn new(uri: AMQPUri) -> Self {
        Self { uri, channel: Mutex::new(None) }
    }

    /// Puts a message on its queue. It is there when this returns: the broker has confirmed it.
    pub(super) async fn publish(&self, message: &TaskMessage) -> Result<(), Error> {
        let channel = self.connected().await?;
        let published = publish_on(&channel, message).await;
        if published.is_err() {
            // The next one connects anew.
            *self.channel.lock().await = None;
        }
        published
    }

    async fn connected(&self) -> Result<Channel, Error> {
        let mut present = self.channel.lock().await;
        if let Some((_, channel)) = &*present
            && channel.status().connected()
        {
            return Ok(channel.clone());
        }
        let properties =
            ConnectionProperties::default().with_connection_name("client-event-scheduler".into());
        let connection = Connection::connect_uri(self.uri.clone(), properties).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        *present = Some((connection, channel.clone()));
        Ok(channel)
    }
}

async fn publish_on(channel: &Channel, message: &TaskMessage) -> Result<(), Error> {
    if is_routed(channel, message).await? {
        return Ok(());
    }
    // Nobody has made the queue yet: as a worker would, who may come later.
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(message.queue.as_str().into(), options, FieldTable::default()).await?;
    match is_routed(channel, message).await? {
        true => Ok(()),
        false => Err(std::io::Error::other("the broker has no such queue although it was declared").into()),
    }
}

/// Publishes, and answers whether a queue has it.
async fn is_routed(channel: &Channel, message: &TaskMessage) -> Result<bool, Error> {
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let confirmed = channel
        .basic_publish(
            "".into(),
            message.queue.as_str().into(),
            options,
            message.body.as_bytes(),
            properties(message),
        )
        .await?
        .await?;
    match confirmed {
        Confirmation::Ack(returned) => Ok(returned.is_none()),
        Confirmation::Nack(_) => Err(std::io::Error::other("the broker has refused the message").into()),
        Confirmation::NotRequested => Err(std::io::Error::other("the broker confirms nothing").into()),
    }
}

fn properties(message: &TaskMessage) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, value) in message.headers() {
        headers.insert(name.into(), field(value));
    }
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_content_encoding("utf-8".into())
        .with_delivery_mode(2)
        .with_priority(0)
        .with_correlation_id(message.id.as_str().into())
        .with_headers(headers)
}

fn field(value: Value) -> AMQPValue {
    match value {
        Value::Bool(is) => AMQPValue::Boolean(is),
        Value::Number(number) => AMQPValue::LongLongInt(number.as_i64().unwrap_or(0)),
        Value::String(text) => AMQPValue::LongString(LongString::from(text)),
        Value::Array(values) => {
            AMQPValue::FieldArray(FieldArray::from(values.into_iter().map(field).collect::<Vec<_>>()))
        }
        Value::Null | Value::Object(_) => AMQPValue::Void,
    }
}
