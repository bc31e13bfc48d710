//! temp
fn main(){ let a:Vec<String>=std::env::args().collect();
 let p=sim::Profile::from_name(&a[1]).unwrap(); let o:f64=a[2].parse().unwrap(); let po=sim::Policy::from_name(&a[3]).unwrap();
 let s=sim::Scenario{overload:o,..sim::Scenario::of(p)}; let out=sim::play(&s,po,&mut |_|{}); print!("{}",sim::table(&[out])); }
